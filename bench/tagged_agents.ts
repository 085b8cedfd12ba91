import { randomUUIDv7 } from 'node:crypto';
import type { Db, OptionalUnlessRequiredId } from 'mongodb';
import { request } from 'undici';
import type { Stage } from './stage.ts';

/** How the ids of agents begin: those on a tag from the start, and those to be attached. Twelve hexadecimal digits follow. */
export const agentIds = { tagged: '0000cafe-0000-4000-8000-', fresh: '0000beef-0000-4000-8000-' } as const;

const BATCH = 5_000;
const idOf = (prefix: string, nth: number) => prefix + nth.toString(16).padStart(12, '0');

/** Makes so many agents known to the tags service, from number 1 on, as its read model holds what it heard of them. */
export const insertAgents = (db: Db, prefix: string, count: number): Promise<void> =>
  insertAll(db, 'references', count, (nth) => ({
    _id: `agent:${idOf(prefix, nth)}`,
    live: true,
    v: 1,
    born: 1,
    label: `agent-${nth}.many.example.org`,
  }));

/** Makes a tag that the first so many tagged agents are on, as the service itself stores it. */
export async function tagOfAgents(
  { farm }: Stage,
  db: Db,
  { name, agents }: { readonly name: string; readonly agents: number },
): Promise<void> {
  const headers = { authorization: `Bearer ${farm.token}`, 'content-type': 'application/json' };
  const url = `${farm.url}/api/v1/tags/${name}`;
  const { statusCode, body } = await request(url, { method: 'PUT', headers, body: '{}' });
  if (statusCode !== 201)
    throw new Error(`PUT of the tag ${name} answered ${statusCode} ${await body.text()}`);
  const { id: tag_id } = (await body.json()) as { id: number };
  const tag = await db
    .collection<{ _id: number; state: { incarnation: string } }>('tags')
    .findOne({ _id: tag_id });
  if (tag === null) throw new Error(`the tag ${name} is not stored`);
  const { incarnation } = tag.state;
  await insertAll(db, 'taggings', agents, (nth) => {
    const ref = idOf(agentIds.tagged, nth);
    const state = { tag_id, incarnation, kind: 'agent', ref, born: 1 };
    const last = {
      id: randomUUIDv7(),
      type: 'farm.tagging.created.v1',
      at: new Date(),
      traceparent: null,
      by: null,
      delta: Object.keys(state),
    };
    return { _id: `${incarnation}_agent_${ref}`, live: true, v: 1, born: 1, last, state };
  });
}

async function insertAll<T extends { readonly _id: string }>(
  db: Db,
  collection: string,
  count: number,
  make: (nth: number) => T,
): Promise<void> {
  for (let from = 1; from <= count; from += BATCH) {
    const length = Math.min(BATCH, count - from + 1);
    const docs = Array.from({ length }, (_, at) => make(from + at));
    await db.collection<T>(collection).insertMany(docs as OptionalUnlessRequiredId<T>[], { ordered: false });
  }
}
