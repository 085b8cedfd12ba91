import { agentSchema } from './records/agent.ts';
import { assemblerSchema } from './records/assembler.ts';
import { jobSchema } from './records/job.ts';
import { sourcePathSchema } from './records/source_path.ts';
import { tagSchema } from './records/tag.ts';
import { taggingSchema } from './records/tagging.ts';
import type { ObjectSchema } from './schema.ts';

/** The services that own records. */
export type Owner = 'assemblers' | 'tags' | 'registry';

/** Every type of record whose changes are published, with its one owner and the schema of its public state. */
export const recordTypes = {
  agent: { owner: 'registry', state: agentSchema },
  job: { owner: 'registry', state: jobSchema },
  source_path: { owner: 'registry', state: sourcePathSchema },
  assembler: { owner: 'assemblers', state: assemblerSchema },
  tag: { owner: 'tags', state: tagSchema },
  tagging: { owner: 'tags', state: taggingSchema },
} as const satisfies Record<string, { owner: Owner; state: ObjectSchema }>;

/** A type of record whose changes are published. */
export type RecordType = keyof typeof recordTypes;

/** What a change did to its record. */
export type Verb = 'created' | 'updated' | 'deleted';

/** A CloudEvents type: `farm.<record type>.<verb>.v1`. */
export type EventType = `farm.${RecordType}.${Verb}.v1`;

/** Names the event of one change: `eventType('tag', 'created')` is `farm.tag.created.v1`. */
export const eventType = (type: RecordType, verb: Verb): EventType => `farm.${type}.${verb}.v1`;

/** Takes an event's type apart; undefined when it is none of this farm's. */
export function readEventType(type: string): { type: RecordType; verb: Verb } | undefined {
  const match = /^farm\.([a-z_]{1,32})\.(created|updated|deleted)\.v1$/.exec(type);
  if (match?.[1] === undefined || !Object.hasOwn(recordTypes, match[1])) return undefined;
  return { type: match[1] as RecordType, verb: match[2] as Verb };
}

/**
 * One change of one record, as consumers see it. `v` is the record's version, one more with every change and never
 * reused; `born` is the version at which its present life began, so that a record that was deleted and made again between
 * two looks is told from one that lived on. `state` is null for a deleted record.
 */
export type ChangeEvent = {
  readonly id: string;
  readonly type: RecordType;
  readonly verb: Verb;
  readonly key: string;
  readonly v: number;
  readonly born: number;
  readonly at: string;
  readonly traceparent: string | null;
  readonly state: Readonly<Record<string, unknown>> | null;
};
