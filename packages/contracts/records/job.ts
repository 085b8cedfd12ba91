import { type FromSchema, integerId, type ObjectSchema, text } from '../schema.ts';

const jobState = { type: 'string', enum: ['queued', 'paused', 'running', 'done', 'failed'] } as const;

/** A piece of work of the farm. */
export const jobSchema = {
  type: 'object',
  properties: { id: integerId, title: text(255), state: jobState },
  required: ['id', 'title', 'state'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** A piece of work of the farm, as its owner holds and publishes it. */
export type Job = FromSchema<typeof jobSchema>;

/** What submits a job; its id is given by the owner. */
export const submitJobSchema = {
  type: 'object',
  properties: { title: text(255), state: jobState },
  required: ['title'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The command that submits a job. */
export type SubmitJob = FromSchema<typeof submitJobSchema>;
