import {
  attachAgentSchema,
  attachJobSchema,
  createTagSchema,
  replaceTagSchema,
  tagName,
} from '../records/tag.ts';
import { attachAssemblerSchema } from '../records/tagging.ts';
import { integerId, listOf, type ObjectSchema, type Schema } from '../schema.ts';
import { integrityOperations } from './integrity.ts';
import { cursorQuery, integerText, LONG_BODY_LIMIT, type Operation } from './operation.ts';

const service = 'tags';
const scope = 'tags:write';
const tellsLag = true;
const id = { type: ['string', 'integer'], maxLength: 64 } as const;
const href = { type: 'string', maxLength: 512 } as const;
const label = { type: ['string', 'null'] } as const;

const closed = <const P extends Readonly<Record<string, Schema>>>(properties: P) =>
  ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false }) as const;

const related = {
  agent: closed({ hostname: label, href, id }),
  job: closed({ title: label, href, id }),
  assembler: closed({ name: label, href, id }),
};
const tagWithIds = closed({ id: integerId, tag: tagName, agents: listOf(id), jobs: listOf(id) });
const tagWithHrefs = closed({
  id: integerId,
  tag: tagName,
  agents: listOf(related.agent),
  jobs: listOf(related.job),
});
const attached = closed({ href, id });
const reverse = listOf(closed({ id: integerId, tag: tagName, href }));
const tags = { path: '/api/v1/tags/', alsoAt: ['/api/v1/tags'] } as const;

/** Relations of one kind under a tag: the same three operations for agents, jobs and assemblers. */
const relation = <const K extends 'agent' | 'job' | 'assembler', const N extends string>(
  kind: K,
  name: N,
  body: ObjectSchema,
) => {
  const at = { path: `/api/v1/tags/{tag}/${kind}s/`, alsoAt: [`/api/v1/tags/{tag}/${kind}s`] };
  return {
    [`list${name}sOfTag`]: {
      id: `list${name}sOfTag`,
      service,
      method: 'GET',
      ...at,
      summary: `Lists the ${kind}s that a tag is on.`,
      tellsLag,
      successes: { 200: { description: `The ${kind}s.`, schema: listOf(related[kind]) } },
      refusals: ['not_found'],
    },
    [`attach${name}`]: {
      id: `attach${name}`,
      service,
      method: 'POST',
      ...at,
      summary: `Puts a tag on one of the ${kind}s.`,
      scope,
      body,
      takes: 'json',
      tellsLag,
      successes: {
        201: { description: 'Newly tagged.', schema: attached },
        200: { description: 'It had that tag already.', schema: attached },
      },
      refusals: ['not_found'],
    },
    [`detach${name}`]: {
      id: `detach${name}`,
      service,
      method: 'DELETE',
      path: `/api/v1/tags/{tag}/${kind}s/{id}`,
      summary: `Takes a tag off one of the ${kind}s.`,
      scope,
      successes: { 204: { description: 'The tag is not on it any more.' } },
      refusals: ['not_found'],
    },
  } as unknown as Readonly<Record<`list${N}sOfTag` | `attach${N}` | `detach${N}`, Operation>>;
};

const listTagsOf = (operationId: string, path: string, alsoAt: string[]): Operation => ({
  id: operationId,
  service,
  method: 'GET',
  path,
  alsoAt,
  summary: 'Lists the tags that are on a record.',
  tellsLag,
  successes: { 200: { description: 'The tags.', schema: reverse } },
  refusals: ['not_found'],
});

/** The operations of the tags service, after the document pyfarm.master.api.tags. */
export const tagsOperations = {
  listTags: {
    id: 'listTags',
    service,
    method: 'GET',
    ...tags,
    summary: 'Lists all tags by id, or a page of them.',
    query: cursorQuery(integerText),
    tellsLag,
    successes: { 200: { description: 'The tags.', schema: listOf(tagWithIds) } },
    refusals: [],
  },
  createTag: {
    id: 'createTag',
    service,
    method: 'POST',
    ...tags,
    summary: 'Creates a tag, or answers the one of that name.',
    scope,
    body: createTagSchema,
    takes: 'json',
    tellsLag,
    successes: {
      201: { description: 'A new tag.', schema: tagWithIds },
      200: { description: 'The tag was there.', schema: tagWithIds },
    },
    refusals: [],
  },
  describeTags: {
    id: 'describeTags',
    service,
    method: 'GET',
    path: '/api/v1/tags/schema',
    alsoAt: ['/api/v1/tags/schema/'],
    summary: 'Answers the basic schema of a tag.',
    successes: {
      200: {
        description: 'The columns.',
        schema: closed({
          id: { type: 'string', const: 'INTEGER' },
          tag: { type: 'string', const: 'VARCHAR(64)' },
        }),
      },
    },
    refusals: [],
  },
  getTag: {
    id: 'getTag',
    service,
    method: 'GET',
    path: '/api/v1/tags/{tag}',
    summary: 'Answers one tag, by name or id.',
    tellsLag,
    successes: { 200: { description: 'The tag.', schema: tagWithHrefs } },
    refusals: ['not_found'],
  },
  replaceTag: {
    id: 'replaceTag',
    service,
    method: 'PUT',
    path: '/api/v1/tags/{tag}',
    summary: 'Creates a tag, or deletes and recreates it in one step; relations not listed are dropped.',
    scope,
    body: replaceTagSchema,
    takes: 'json',
    bodyLimit: LONG_BODY_LIMIT,
    tellsLag,
    successes: {
      201: { description: 'The tag is as asked.', schema: closed({ id: integerId, tag: tagName }) },
    },
    refusals: ['not_found', 'not_unique'],
  },
  deleteTag: {
    id: 'deleteTag',
    service,
    method: 'DELETE',
    path: '/api/v1/tags/{tag}',
    summary: 'Deletes a tag and its relations.',
    scope,
    successes: { 204: { description: 'There is no such tag any more.' } },
    refusals: [],
  },
  ...relation('agent', 'Agent', attachAgentSchema),
  ...relation('job', 'Job', attachJobSchema),
  ...relation('assembler', 'Assembler', attachAssemblerSchema),
  listTagsOfAgent: listTagsOf('listTagsOfAgent', '/api/v1/agents/{id}/tags/', ['/api/v1/agents/{id}/tags']),
  listTagsOfJob: listTagsOf('listTagsOfJob', '/api/v1/jobs/{id}/tags/', ['/api/v1/jobs/{id}/tags']),
  listTagsOfAssembler: listTagsOf('listTagsOfAssembler', '/v1/assemblers/{slug}/tags.json', [
    '/v1/assemblers/{slug}/tags',
  ]),
  ...integrityOperations,
} as const satisfies Record<string, Operation>;
