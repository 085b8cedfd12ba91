import { listOf, type Schema } from '../schema.ts';
import type { Operation } from './operation.ts';

const count = { type: 'integer', minimum: 0 } as const;
const text = { type: 'string' } as const;

const closed = <const P extends Readonly<Record<string, Schema>>>(properties: P) =>
  ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false }) as const;

/** What one side tells of a record; of a copy that was spoilt, anything. */
const told = {
  type: ['object', 'null'],
  properties: { live: {}, v: {}, born: {}, label: {} },
  additionalProperties: false,
} as const;
const difference = closed({ id: text, owner: told, read_model: told });
const perKind = <const S extends Schema>(kind: S) => closed({ agent: kind, job: kind, assembler: kind });
const compared = closed({ owner: count, read_model: count, differing: listOf(difference) });
const repaired = closed({ healed: listOf(difference), left: listOf(text) });
const at = { path: '/api/v1/integrity', alsoAt: ['/api/v1/integrity/'] } as const;

/** Comparing the copies of agents, jobs and assemblers that the tags service keeps with their owners' records, and putting them right. */
export const integrityOperations = {
  getIntegrity: {
    id: 'getIntegrity',
    service: 'tags',
    method: 'GET',
    ...at,
    summary:
      'Says whether the copies of agents, jobs and assemblers equal the records, and names those that differ.',
    successes: {
      200: {
        description:
          'Equal, or each record that differs, with what its owner tells and what the copy says; `position` is the sequence of FARM up to which the copies are judged.',
        schema: closed({ equal: { type: 'boolean' }, position: count, kinds: perKind(compared) }),
      },
    },
    refusals: [],
  },
  repairIntegrity: {
    id: 'repairIntegrity',
    service: 'tags',
    method: 'POST',
    ...at,
    summary: 'Puts right the copies that differ from the records, and no others.',
    scope: 'tags:write',
    successes: {
      200: {
        description:
          'What was healed, with what the copy said before, and which ids changed just then and were left alone.',
        schema: closed({ healed: count, position: count, kinds: perKind(repaired) }),
      },
    },
    refusals: [],
  },
} as const satisfies Record<string, Operation>;
