import { assemblerSchema, changeAssemblerSchema, createAssemblerSchema } from '../records/assembler.ts';
import { listOf } from '../schema.ts';
import { type Operation, pageHeaders, pageQuery } from './operation.ts';

const service = 'assemblers';
const assembler = { ...assemblerSchema, additionalProperties: false } as const;
const one = { path: '/v1/assemblers/{slug}.json', alsoAt: ['/v1/assemblers/{slug}'] } as const;
const all = { path: '/v1/assemblers.json', alsoAt: ['/v1/assemblers'] } as const;

/** The operations of the assemblers service, after the document vridlo.assemblers. */
export const assemblersOperations = {
  listAssemblers: {
    id: 'listAssemblers',
    service,
    method: 'GET',
    ...all,
    summary: 'Lists the assemblers by slug, a page at a time.',
    query: pageQuery,
    headerArguments: pageHeaders,
    polled: true,
    keepable: true,
    successes: {
      200: { description: 'The last page.', schema: listOf(assembler) },
      206: { description: 'A page with more to follow.', schema: listOf(assembler) },
    },
    refusals: ['page_out_of_range'],
  },
  createAssembler: {
    id: 'createAssembler',
    service,
    method: 'POST',
    ...all,
    summary: 'Creates an assembler.',
    scope: 'assemblers:write',
    body: createAssemblerSchema,
    takes: 'arguments',
    successes: { 200: { description: 'The new record.', schema: assembler } },
    refusals: ['not_unique'],
  },
  getAssembler: {
    id: 'getAssembler',
    service,
    method: 'GET',
    ...one,
    summary: 'Answers one assembler.',
    polled: true,
    successes: { 200: { description: 'The record.', schema: assembler } },
    refusals: ['not_found'],
  },
  changeAssembler: {
    id: 'changeAssembler',
    service,
    method: 'PATCH',
    ...one,
    summary: 'Changes fields of an assembler; blank ones are skipped.',
    scope: 'assemblers:write',
    body: changeAssemblerSchema,
    takes: 'arguments',
    successes: {
      200: { description: 'Something changed: the record as it is now.', schema: assembler },
      204: { description: 'Nothing changed.' },
    },
    refusals: ['not_found', 'not_unique'],
  },
  destroyAssembler: {
    id: 'destroyAssembler',
    service,
    method: 'DELETE',
    ...one,
    summary: 'Destroys an assembler.',
    scope: 'assemblers:write',
    successes: { 200: { description: 'The record as it was.', schema: assembler } },
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;
