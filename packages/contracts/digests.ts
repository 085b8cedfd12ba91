import type { RecordType } from './events.ts';
import { type FromSchema, MAX_ID, type ObjectSchema } from './schema.ts';

/** The subject on which the owner of a type gives digests of its records. */
export const digestSubject = (type: RecordType): string => `farm.rpc.${type}.digest`;

/** Into how many buckets records are parted by their id. */
export const DIGEST_BUCKETS = 1024;

const key = { type: 'string', maxLength: 64 } as const;
const version = { type: 'integer', minimum: 1, maximum: MAX_ID } as const;
const label = { type: ['string', 'null'], maxLength: 1024 } as const;

/**
 * What asks an owner for a part of its records, from the one after `after` on, or from the first. `label` names the field of the state
 * that the asker keeps. With `buckets` the records in these are listed, without it all are digested.
 */
export const digestRequestSchema = {
  type: 'object',
  properties: {
    label: { type: 'string', maxLength: 64, pattern: '^[a-z_]+$' },
    after: key,
    buckets: {
      type: 'array',
      items: { type: 'integer', minimum: 0, maximum: DIGEST_BUCKETS - 1 },
      maxItems: DIGEST_BUCKETS,
    },
  },
  required: ['label'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** What asks an owner for a part of its records. */
export type DigestRequest = FromSchema<typeof digestRequestSchema>;

/**
 * What an owner answers: how many records it went over (`count`, destroyed ones included), where to go on (`next`, absent at the end),
 * and either `digests` or `records`. A record's digest is the first 8 bytes of the SHA-1 of the JSON array
 * `[id, v, live, born, label]` (`id` a text, `label` null unless it is a text) as 16 hexadecimal digits; a bucket's, one after the other in `digests`, is the
 * exclusive or of those in it. A record's bucket is the first two bytes of the SHA-1 of its id, as a number modulo 1024.
 */
export const digestReplySchema = {
  type: 'object',
  properties: {
    count: { type: 'integer', minimum: 0, maximum: MAX_ID },
    next: key,
    digests: {
      type: 'string',
      minLength: DIGEST_BUCKETS * 16,
      maxLength: DIGEST_BUCKETS * 16,
      pattern: '^[0-9a-f]*$',
    },
    records: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: key, live: { type: 'boolean' }, v: version, born: version, label },
        required: ['id', 'live', 'v', 'born', 'label'],
        additionalProperties: true,
      },
    },
    error: { type: 'string', maxLength: 255 },
  },
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** A record as digests see it; `label` is what its owner shows it by, null for a destroyed one. */
export type DigestedRecord = {
  readonly id: string;
  readonly live: boolean;
  readonly v: number;
  readonly born: number;
  readonly label: string | null;
};

/** An owner's answer; `error` set when it could not look. */
export type DigestReply = {
  readonly count?: number;
  readonly next?: string;
  readonly digests?: string;
  readonly records?: readonly DigestedRecord[];
  readonly error?: string;
};
