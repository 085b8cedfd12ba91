import { randomUUID } from 'node:crypto';
import type { Caused, Writer } from './writes.ts';

/** A tag as a round has left it, every write of it acknowledged: what the tag must be on from then on. */
export interface Settled {
  readonly tag: string;
  readonly agents: readonly string[];
  readonly jobs: readonly number[];
  readonly assemblers: readonly string[];
}

/** Records that tags know already, for rounds while their owner cannot be asked. */
export interface Known {
  readonly agents: readonly string[];
  readonly jobs: readonly number[];
  readonly assemblers: readonly string[];
}

/** What a round plays with: a writer, a source of numbers from 0 to 1, and a name that no other round has. */
export interface RoundOptions {
  readonly write: Writer;
  readonly random: () => number;
  readonly name: string;
  readonly known?: Known | undefined;
}

const created = (type: string, has: Caused['has'] = {}): Caused => ({ type, verbs: ['created'], has });
const updated = (type: string, has: Caused['has'] = {}): Caused => ({ type, verbs: ['updated'], has });
const deleted = (type: string, key?: string): Caused => ({ type, verbs: ['deleted'], key });
const tagged = (kind: string, ref: unknown): Caused => ({
  type: 'tagging',
  verbs: ['created', 'updated'],
  has: { kind, ref },
});

/**
 * One tag's life with an agent, a job, an assembler and a source path of its own, in random turns. Whatever is attached was made
 * just before, unless `known` records are given.
 *
 * @throws {Unknown} as soon as the outcome of a write is unknown
 */
export async function playRound({ write, random, name, known }: RoundOptions): Promise<Settled> {
  const [agent, slug, tag] = [randomUUID(), name, `tag ${name}`];
  const at = `/api/v1/tags/${encodeURIComponent(tag)}`;
  const on = { agents: new Set<string>(), jobs: new Set<number>(), assemblers: new Set<string>() };
  const post = async <T>(path: string, json: object, ...causes: Caused[]) =>
    (await write('POST', path, { json, causes })).body as T;
  const remove = (path: string, ...causes: Caused[]) => write('DELETE', path, { causes });
  const refuse = (refused: number, path: string, json: object) => write('POST', path, { json, refused });
  let count = 0;
  const fresh = () => `${name}-${count++}`;

  const register = async (verb: typeof created) => {
    const hostname = fresh();
    await post('/api/v1/agents/', { id: agent, hostname }, verb('agent', { id: agent, hostname }));
  };
  const submit = async () => {
    const title = fresh();
    return (await post<{ id: number }>('/api/v1/jobs/', { title }, created('job', { title }))).id;
  };
  const assemble = () => {
    const host = fresh();
    return post('/v1/assemblers.json', { slug, name: slug, host }, created('assembler', { slug, host }));
  };
  const addPath = async () => {
    const fields = { name: fresh(), assembler_slug: slug };
    return (await post<{ id: string }>('/v1/source_paths.json', fields, created('source_path', fields))).id;
  };
  const makeTag = () => post('/api/v1/tags/', { tag }, created('tag', { tag }));
  const attachAgent = async (id: string) => {
    await post(`${at}/agents/`, { agent_id: id }, ...(on.agents.has(id) ? [] : [tagged('agent', id)]));
    on.agents.add(id);
  };
  const attachJob = async (id: number) => {
    await post(`${at}/jobs/`, { job_id: id }, ...(on.jobs.has(id) ? [] : [tagged('job', id)]));
    on.jobs.add(id);
  };
  const attachAssembler = async (one: string) => {
    const causes = on.assemblers.has(one) ? [] : [tagged('assembler', one)];
    await post(`${at}/assemblers/`, { assembler_slug: one }, ...causes);
    on.assemblers.add(one);
  };
  const replace = async (agents: readonly string[], jobs: readonly number[]) => {
    const relations = [...agents.map((id) => tagged('agent', id)), ...jobs.map((id) => tagged('job', id))];
    await write('PUT', at, { json: { agents, jobs }, causes: [updated('tag', { tag }), ...relations] });
    forget();
    for (const id of agents) on.agents.add(id);
    for (const id of jobs) on.jobs.add(id);
  };
  const forget = () => {
    for (const set of Object.values(on)) set.clear();
  };

  await register(created);
  await makeTag();
  await attachAgent(known?.agents[0] ?? agent);
  const job = await submit();
  await assemble();
  const path = await addPath();
  await attachJob(known?.jobs[0] ?? job);
  await attachAssembler(known?.assemblers[0] ?? slug);

  const turns: (() => Promise<unknown>)[] = [
    () => register(updated),
    () => replace(known?.agents ?? [agent], known?.jobs ?? [job]),
    () => post('/api/v1/tags/', { tag }),
    () => attachAgent(known?.agents[0] ?? agent),
    async () => {
      const name = fresh();
      await write('PATCH', `/v1/assemblers/${slug}.json`, {
        json: { name },
        causes: [updated('assembler', { slug, name })],
      });
    },
    async () => {
      await remove(at, deleted('tag'));
      forget();
      await makeTag();
    },
    async () => {
      const [id] = on.agents;
      if (id === undefined) return;
      await remove(`${at}/agents/${id}`, deleted('tagging'));
      on.agents.delete(id);
    },
    () => addPath(),
    () => refuse(400, '/api/v1/tags/', { tag: 'schema' }),
    () => refuse(422, '/v1/assemblers.json', { slug, name: fresh() }),
    async () => {
      if (known === undefined) await refuse(404, `${at}/agents/`, { agent_id: randomUUID() });
    },
  ];
  for (let turn = 0; turn < 4; turn += 1) await turns[Math.floor(random() * turns.length)]?.();

  const endings: (() => Promise<unknown>)[] = [
    () => remove(`/v1/source_paths/${path}.json`, deleted('source_path', path)),
    async () => {
      await remove(`/api/v1/jobs/${job}`, deleted('job', String(job)));
      on.jobs.delete(job);
    },
    async () => {
      await remove(`/api/v1/agents/${agent}`, deleted('agent', agent));
      on.agents.delete(agent);
      await register(created);
    },
    async () => {
      await remove(`/v1/assemblers/${slug}.json`, deleted('assembler', slug));
      on.assemblers.delete(slug);
      await assemble();
    },
  ];
  await endings[Math.floor(random() * endings.length)]?.();
  return { tag, agents: [...on.agents], jobs: [...on.jobs], assemblers: [...on.assemblers] };
}
