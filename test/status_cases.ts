import type { Sent } from './checked_fetch.ts';
import { type FarmClient, freshName } from './client.ts';

/** A request without its method: the address, and what is sent. */
type Ask = readonly [path: string, sent?: Sent];

/** By operation and status: what makes the operation answer so. */
export type StatusCases = Readonly<Record<string, Readonly<Record<number, () => Promise<Ask>>>>>;

const NO_AGENT = '00000000-0000-4000-8000-000000000000';
const STALE = { headers: { 'if-match': '"0"' } };
const NOTHING = '/api/v1/tags/no%20such%20tag';
const json = (value: unknown): Sent => ({ json: value });

/** A request for every status of API's tables that a healthy farm gives: one row of this table per operation. */
export function statusCases(farm: FarmClient): StatusCases {
  const tagPath = async () => `/api/v1/tags/${(await farm.newTag()).id}`;
  const asmPath = async () => `/v1/assemblers/${(await farm.newAssembler()).slug}.json`;
  const agentPath = async () => `/api/v1/agents/${(await farm.newAgent()).id}`;
  const jobPath = async () => `/api/v1/jobs/${(await farm.newJob()).id}`;
  const sourcePath = async () => `/v1/source_paths/${(await farm.newSourcePath('none')).id}.json`;
  const references = {
    agent: { field: 'agent_id', id: async () => (await farm.newAgent()).id, unknown: NO_AGENT, no: '?' },
    job: { field: 'job_id', id: async () => (await farm.newJob()).id, unknown: 987_654_321, no: '?' },
    assembler: {
      field: 'assembler_slug',
      id: async () => (await farm.newAssembler()).slug,
      unknown: 'none',
      no: '?',
    },
  };

  const relation = (kind: keyof typeof references, name: string): StatusCases => {
    const { field, id, unknown, no } = references[kind];
    const tagged = async () => {
      const ref = await id();
      const path = `${await tagPath()}/${kind}s/`;
      await farm.fetch('POST', path, json({ [field]: ref }));
      return { path, ref };
    };
    return {
      [`list${name}sOfTag`]: {
        200: async () => [(await tagged()).path],
        404: async () => [`${NOTHING}/${kind}s/`],
      },
      [`attach${name}`]: {
        201: async () => [`${await tagPath()}/${kind}s/`, json({ [field]: await id() })],
        200: async () => {
          const { path, ref } = await tagged();
          return [path, json({ [field]: ref })];
        },
        400: async () => [`${await tagPath()}/${kind}s/`, json({ [field]: no })],
        404: async () => [`${await tagPath()}/${kind}s/`, json({ [field]: unknown })],
      },
      [`detach${name}`]: {
        204: async () => {
          const { path, ref } = await tagged();
          return [`${path}${ref}`];
        },
        404: async () => [`${NOTHING}/${kind}s/1`],
      },
    };
  };

  const atPath = (path: () => Promise<string>, suffix = '') => ({
    200: async (): Promise<Ask> => [`${await path()}${suffix}`],
  });
  const removable = (path: () => Promise<string>, status: 200 | 204) => ({
    [status]: async (): Promise<Ask> => [await path()],
    412: async (): Promise<Ask> => [await path(), STALE],
  });
  const cursorList = (path: string) => ({
    200: async (): Promise<Ask> => [path],
    400: async (): Promise<Ask> => [`${path}?limit=0`],
  });
  const numberedList = (path: string, make: () => Promise<unknown>) => ({
    206: async (): Promise<Ask> => {
      await make();
      await make();
      return [`${path}?per_page=1`];
    },
    200: async (): Promise<Ask> => {
      await make();
      const { headers } = await farm.fetch('GET', `${path}?per_page=1`);
      return [`${path}?per_page=1&page=${headers.get('content-range')?.split('/')[1]}`];
    },
    416: async (): Promise<Ask> => [`${path}?page=1000000`],
    422: async (): Promise<Ask> => [`${path}?per_page=51`],
  });

  return {
    listTags: cursorList('/api/v1/tags/'),
    createTag: {
      201: async () => ['/api/v1/tags/', json({ tag: freshName() })],
      200: async () => ['/api/v1/tags/', json({ tag: (await farm.newTag()).tag })],
      400: async () => ['/api/v1/tags/', json({ tag: 1 })],
    },
    describeTags: { 200: async () => ['/api/v1/tags/schema'] },
    getTag: { ...atPath(tagPath), 404: async () => [NOTHING] },
    replaceTag: {
      201: async () => [`/api/v1/tags/${freshName()}`, json({})],
      400: async () => [await tagPath(), json({ agents: 'all' })],
      404: async () => [await tagPath(), json({ agents: [NO_AGENT] })],
      409: async () => {
        const path = await tagPath();
        await farm.fetch('DELETE', path);
        return [path, json({ tag: freshName() })];
      },
      412: async () => [await tagPath(), { ...json({}), ...STALE }],
    },
    deleteTag: removable(tagPath, 204),
    ...relation('agent', 'Agent'),
    ...relation('job', 'Job'),
    ...relation('assembler', 'Assembler'),
    listTagsOfAgent: {
      ...atPath(agentPath, '/tags/'),
      404: async () => [`/api/v1/agents/${NO_AGENT}/tags/`],
    },
    listTagsOfJob: { ...atPath(jobPath, '/tags/'), 404: async () => ['/api/v1/jobs/987654321/tags/'] },
    listTagsOfAssembler: {
      200: async () => [(await asmPath()).replace('.json', '/tags.json')],
      404: async () => ['/v1/assemblers/none/tags.json'],
    },

    getIntegrity: { 200: async () => ['/api/v1/integrity'] },
    repairIntegrity: { 200: async () => ['/api/v1/integrity'] },

    listAssemblers: numberedList('/v1/assemblers.json', () => farm.newAssembler()),
    createAssembler: {
      200: async () => ['/v1/assemblers.json', json({ slug: freshName(), name: freshName() })],
      422: async () => ['/v1/assemblers.json', json({ slug: 'no blanks', name: freshName() })],
    },
    getAssembler: { ...atPath(asmPath), 404: async () => ['/v1/assemblers/none.json'] },
    changeAssembler: {
      200: async () => [await asmPath(), json({ name: freshName() })],
      204: async () => [await asmPath(), json({})],
      404: async () => ['/v1/assemblers/none.json', json({ name: freshName() })],
      412: async () => [await asmPath(), { ...json({ name: freshName() }), ...STALE }],
      422: async () => [await asmPath(), json({ host: 'no blanks' })],
    },
    destroyAssembler: { ...removable(asmPath, 200), 404: async () => ['/v1/assemblers/none.json'] },

    listAgents: cursorList('/api/v1/agents/'),
    registerAgent: {
      201: async () => ['/api/v1/agents/', json({ hostname: 'a' })],
      200: async () => ['/api/v1/agents/', json({ hostname: 'a', id: (await farm.newAgent()).id })],
      400: async () => ['/api/v1/agents/', json({ hostname: '' })],
    },
    getAgent: { ...atPath(agentPath), 404: async () => [`/api/v1/agents/${NO_AGENT}`] },
    removeAgent: removable(agentPath, 204),
    listJobs: cursorList('/api/v1/jobs/'),
    submitJob: {
      201: async () => ['/api/v1/jobs/', json({ title: 'a' })],
      400: async () => ['/api/v1/jobs/', json({ title: 'a', state: 'lost' })],
    },
    getJob: { ...atPath(jobPath), 404: async () => ['/api/v1/jobs/987654321'] },
    removeJob: removable(jobPath, 204),
    listSourcePaths: numberedList('/v1/source_paths.json', () => farm.newSourcePath('none')),
    addSourcePath: {
      200: async () => ['/v1/source_paths.json', json({ name: 'a', assembler_slug: 'none' })],
      422: async () => ['/v1/source_paths.json', json({ name: 'a' })],
    },
    getSourcePath: { ...atPath(sourcePath), 404: async () => [`/v1/source_paths/${NO_AGENT}.json`] },
    removeSourcePath: {
      ...removable(sourcePath, 200),
      404: async () => [`/v1/source_paths/${NO_AGENT}.json`],
    },
  };
}
