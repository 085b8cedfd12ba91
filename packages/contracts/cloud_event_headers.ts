import { eventType, type RecordType, recordTypes, type Verb } from './events.ts';
import type { ObjectSchema } from './schema.ts';

const short = (description: string) =>
  ({ type: 'string', minLength: 1, maxLength: 512, description }) as const;
const version = (description: string) =>
  ({ type: 'string', maxLength: 16, pattern: '^[1-9][0-9]*$', description }) as const;

/** The header fields of a change's message: CloudEvents 1.0 in binary mode, each attribute as `ce-<name>`. */
export function cloudEventHeaders(type: RecordType, verb: Verb): ObjectSchema {
  return {
    type: 'object',
    properties: {
      'ce-specversion': { type: 'string', const: '1.0' },
      'ce-id': short('The id of the change, unique in its source; the same however often it is delivered.'),
      'ce-source': { type: 'string', const: `/farm/${recordTypes[type].owner}` },
      'ce-type': { type: 'string', const: eventType(type, verb) },
      'ce-subject': short('The key of the record.'),
      'ce-time': short('When the change was committed (RFC 3339).'),
      'ce-dataschema': { type: 'string', const: `urn:muster:${type}:v1` },
      'ce-traceparent': short('The W3C trace that the change belongs to.'),
      'ce-version': version("The record's version: one more with every change, never reused."),
      'ce-born': version("The version at which the record's present life began."),
    },
    required: [
      'ce-specversion',
      'ce-id',
      'ce-source',
      'ce-type',
      'ce-subject',
      'ce-time',
      'ce-version',
      'ce-born',
    ],
    additionalProperties: true,
  };
}
