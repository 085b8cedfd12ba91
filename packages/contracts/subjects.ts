import type { RecordType } from './events.ts';
import { recordTypes } from './events.ts';
import type { ObjectSchema } from './schema.ts';

/** The log of all changes: kept for 7 days, one message per version of a record, in order per record. */
export const LOG_STREAM = 'FARM';

/** The last state of every record, sourced from the log: what a new consumer builds its read model from. */
export const STATE_STREAM = 'FARM_STATE';

/** What no consumer could take, each with the reason, and the advisories of exhausted deliveries. */
export const DEAD_LETTER_STREAM = 'FARM_DLQ';

/** Where a consumer puts a message that it cannot take: `dlq.<service>.<record type>`. */
export const deadLetterSubject = (service: string, type: string): string => `dlq.${service}.${type}`;

/**
 * A key as one subject token. A slug may hold dots, which would part it in two, so they are written `%2E`;
 * `%` itself is in no key.
 */
export const keyToken = (key: string | number): string => String(key).replaceAll('.', '%2E');

/** The key that a subject token stands for. */
export const keyOfToken = (token: string): string => token.replaceAll('%2E', '.');

/** The subject of one record's changes: `farm.<type>.<key>`. */
export const recordSubject = (type: RecordType, key: string | number): string =>
  `farm.${type}.${keyToken(key)}`;

/** The subjects of every record of a type. */
export const typeSubjects = (type: RecordType): string => `farm.${type}.*`;

/** Every subject that the log takes; `farm.rpc.…` is not among them. */
export const logSubjects = (): string[] => (Object.keys(recordTypes) as RecordType[]).map(typeSubjects);

/** The subject on which the owner of a type answers look-ups. */
export const lookupSubject = (type: RecordType): string => `farm.rpc.${type}.lookup`;

/** What asks an owner for records by key. */
export const lookupRequestSchema = {
  type: 'object',
  properties: { ids: { type: 'array', items: { type: 'string', maxLength: 64 }, maxItems: 1000 } },
  required: ['ids'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** What an owner answers: the records it knows, destroyed ones (`live` false) included; those not named are unknown to it. */
export const lookupReplySchema = {
  type: 'object',
  properties: {
    records: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', maxLength: 64 },
          live: { type: 'boolean' },
          v: { type: 'integer', minimum: 1 },
          born: { type: 'integer', minimum: 1 },
          state: { type: ['object', 'null'], additionalProperties: true },
        },
        required: ['id', 'live', 'v', 'born', 'state'],
        additionalProperties: true,
      },
    },
    error: { type: 'string', maxLength: 255 },
  },
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** One record in an owner's answer; `state` is null for a destroyed one. */
export type LookedUp = {
  readonly id: string;
  readonly live: boolean;
  readonly v: number;
  readonly born: number;
  readonly state: Readonly<Record<string, unknown>> | null;
};

/** An owner's answer to a look-up; `error` set when it could not look. */
export type LookupReply = { readonly records?: readonly LookedUp[]; readonly error?: string };
