import type { Owner } from './events.ts';
import { type FromSchema, MAX_ID, type ObjectSchema } from './schema.ts';

/** The subject on which a service tells how far the log has its changes; FARM does not take it, so nothing of it is stored. */
export const heartbeatSubject = (service: Owner): string => `farm.heartbeat.${service}`;

/**
 * What a service's relay tells some times a second: every change that the service acknowledged before `at` (epoch milliseconds, by
 * its own clock) is on FARM at sequences up to `seq`, where the event `id` stands. `seq` 0 and an empty `id` while it has published
 * nothing. Who hears nothing for a while knows that it knows nothing newer.
 */
export const heartbeatSchema = {
  type: 'object',
  properties: {
    at: { type: 'integer', minimum: 0, maximum: MAX_ID },
    seq: { type: 'integer', minimum: 0, maximum: MAX_ID },
    id: { type: 'string', maxLength: 64 },
  },
  required: ['at', 'seq', 'id'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** How far the log has a service's changes. */
export type Heartbeat = FromSchema<typeof heartbeatSchema>;
