import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import type { Known } from './sampler.ts';
import type { Stage } from './stage.ts';

/** An assembler as every contender answers it. */
export interface Assembler {
  readonly slug: string;
  readonly name: string;
  readonly host: string | null;
  readonly source_path_count: number;
  readonly export_path_base: string | null;
}

/** A tag as every contender answers it. */
export interface TagShown {
  readonly agents: readonly { readonly hostname: string; readonly href: string; readonly id: string }[];
  readonly id: number;
  readonly jobs: readonly { readonly title: string; readonly href: string; readonly id: number }[];
  readonly tag: string;
}

/** What is stored alike at all contenders; the assemblers by slug. */
export interface Data {
  readonly assemblers: readonly Assembler[];
  readonly tags: readonly TagShown[];
}

const AGENTS_PER_TAG = 3;
const LANES = 32;
const TRIES = 20;
const AGAIN_AFTER_MS = 250;

/** Stores the data at Muster, over its API. @throws {Error} for a write that was not answered as it should be */
export async function seedMuster(
  { farm }: Stage,
  extent: { readonly assemblers: number; readonly tags: number },
): Promise<Data> {
  const pool = new Pool(farm.url, { connections: LANES });
  const send = async <T>(
    method: 'POST' | 'PUT',
    path: string,
    json: object,
    triesLeft = TRIES,
  ): Promise<T> => {
    const headers = { authorization: `Bearer ${farm.token}`, 'content-type': 'application/json' };
    const { statusCode, body } = await pool.request({ method, path, headers, body: JSON.stringify(json) });
    const text = await body.text();
    if (statusCode < 300) return JSON.parse(text) as T;
    // On a busy machine an owner is not always heard in time; to replace a tag again changes nothing.
    if (statusCode !== 503 || method !== 'PUT' || triesLeft === 1)
      throw new Error(`${method} ${path} answered ${statusCode} ${text}`);
    await sleep(AGAIN_AFTER_MS);
    return await send<T>(method, path, json, triesLeft - 1);
  };
  try {
    const assemblers = await inLanes(extent.assemblers, async (at) => {
      const made = newAssembler(at);
      await send('POST', '/v1/assemblers.json', {
        slug: made.slug,
        name: made.name,
        host: made.host,
        export_path_base: made.export_path_base,
      });
      return made;
    });
    const tags = await inLanes(extent.tags, async (at): Promise<TagShown> => {
      const agents = await inLanes(AGENTS_PER_TAG, async (nth) => {
        const hostname = `agent-${at}-${nth}.bench.example.org`;
        const { id } = await send<{ id: string }>('POST', '/api/v1/agents/', { hostname });
        return { hostname, href: `/api/v1/agents/${id}`, id };
      });
      const title = `job ${at}`;
      const { id: job } = await send<{ id: number }>('POST', '/api/v1/jobs/', { title });
      const tag = `bench-${at}`;
      const relations = { agents: agents.map(({ id }) => id), jobs: [job] };
      const { id } = await send<{ id: number }>('PUT', `/api/v1/tags/${tag}`, relations);
      const sorted = agents.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return { agents: sorted, id, jobs: [{ title, href: `/api/v1/jobs/${job}`, id: job }], tag };
    });
    return { assemblers: assemblers.toSorted((a, b) => (a.slug < b.slug ? -1 : 1)), tags };
  } finally {
    await pool.close();
  }
}

const newAssembler = (at: number): Assembler => ({
  slug: `bench-${String(at).padStart(4, '0')}`,
  name: `Bench assembler ${at}`,
  host: `host-${at}.bench.example.org`,
  source_path_count: 0,
  export_path_base: `/export/bench/${at}`,
});

/** Stores the same at the peers, each in its own database. */
export async function seedPeers({ assemblers, tags }: Data, mongodbUrl: string): Promise<void> {
  const client = await MongoClient.connect(mongodbUrl);
  try {
    for (const peer of ['fastify_mongodb', 'express_mongoose']) {
      await client
        .db(`peer_${peer}`)
        .collection('assemblers')
        .insertMany(assemblers.map((one) => ({ ...one })));
    }
    const embedded = tags.map(({ id, tag, agents, jobs }) => ({
      _id: id,
      tag,
      agents: agents.map((agent) => ({ id: agent.id, hostname: agent.hostname })),
      jobs: jobs.map((job) => ({ id: job.id, title: job.title })),
    }));
    await client.db('peer_fastify_mongodb').collection<{ _id: number }>('tags').insertMany(embedded);
  } finally {
    await client.close();
  }
}

/** Every assembler as a question with its answer. */
export const knownAssemblers = ({ assemblers }: Data): Known[] =>
  assemblers.map((body) => ({ path: `/v1/assemblers/${body.slug}.json`, status: 200, body }));

/** Every tag as a question with its answer. */
export const knownTags = ({ tags }: Data): Known[] =>
  tags.map((body) => ({ path: `/api/v1/tags/${body.tag}`, status: 200, body }));

/** Does something so many times, a few at once, and gives back what came of it in order. */
async function inLanes<T>(times: number, work: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    while (next < times) {
      const at = next++;
      results[at] = await work(at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, times) }, lane));
  return results;
}
