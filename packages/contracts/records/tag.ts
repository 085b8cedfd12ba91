import { anyUuid, type FromSchema, integerId, type ObjectSchema, uuid } from '../schema.ts';

/**
 * A tag's name: 1 to 64 code points, no blank at either end. Refused because they could not be reached again: only digits
 * (an id), `schema` (a route), `.` and `..` (which clients resolve away).
 */
export const tagName = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  pattern: '^(?!\\s)(?![0-9]+$)(?!(?:schema|\\.|\\.\\.)$)[\\s\\S]*(?<!\\s)$',
} as const;

/** A tag. Its relations hang on `incarnation`, so that replacing the tag drops them all in one step. */
export const tagSchema = {
  type: 'object',
  properties: { id: integerId, tag: tagName, incarnation: uuid },
  required: ['id', 'tag', 'incarnation'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** A tag, as it is held and published. */
export type Tag = FromSchema<typeof tagSchema>;

/** What makes a tag: its name and nothing else. */
export const createTagSchema = {
  type: 'object',
  properties: { tag: tagName },
  required: ['tag'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** A reference to an agent: a UUID in any spelling, or an integer, which is looked up like any other. */
export const agentReference = {
  type: ['string', 'integer'],
  maxLength: 36,
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  pattern: anyUuid.pattern,
} as const;

const jobReference = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/** What replaces a tag: every relation that is not listed here is dropped. */
export const replaceTagSchema = {
  type: 'object',
  properties: {
    tag: tagName,
    agents: { type: 'array', items: agentReference, maxItems: 100_000 },
    jobs: { type: 'array', items: jobReference, maxItems: 100_000 },
  },
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The command that replaces a tag. */
export type ReplaceTag = FromSchema<typeof replaceTagSchema>;

/** What attaches an agent to a tag. */
export const attachAgentSchema = {
  type: 'object',
  properties: { agent_id: agentReference },
  required: ['agent_id'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** What attaches a job to a tag. */
export const attachJobSchema = {
  type: 'object',
  properties: { job_id: jobReference },
  required: ['job_id'],
  additionalProperties: false,
} as const satisfies ObjectSchema;
