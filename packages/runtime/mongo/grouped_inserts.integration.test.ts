import { randomUUID } from 'node:crypto';
import { type Agent, eventType } from '@muster/contracts';
import type { Collection } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ensureCollections } from './collections.ts';
import { duplicateKey, mongoUnavailable } from './errors.ts';
import { insertGrouped } from './grouped_inserts.ts';
import { insertRecord } from './insert_record.ts';
import { type Mongo, openMongo } from './open_mongo.ts';
import { firstVersion, type RecordDoc } from './record.ts';

const log = pino({ level: 'silent' });
let mongo: Mongo;
let agents: Collection<RecordDoc<Agent>>;

const byHostname = { key: { 'state.hostname': 1 }, unique: true, partialFilterExpression: { live: true } };

beforeAll(async () => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `test_${randomUUID()}`, log });
  await ensureCollections(mongo.db, [{ name: 'agents', published: true, indexes: [byHostname] }], { log })
    .done;
  agents = mongo.db.collection('agents');
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const change = { type: eventType('agent', 'created'), at: new Date(), traceparent: null, by: null } as const;
const agent = (id: string, hostname = id) =>
  firstVersion<Agent, string>({ id, state: { id, hostname, state: 'online' }, change });

test('insertGrouped() does each of a group or refuses it by itself, and says by which index', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  await insertGrouped(agents, agent(a));
  const docs = [agent(b), agent(a, 'another'), agent(randomUUID(), a), agent(randomUUID())];
  const outcomes = await Promise.allSettled(docs.map((doc) => insertGrouped(agents, doc)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  const reasons = outcomes.map((one) => (one.status === 'rejected' ? duplicateKey(one.reason) : undefined));
  expect(reasons).toEqual([undefined, ['_id'], ['state.hostname'], undefined]);
  for (const { _id, state } of [docs[0]!, docs[3]!])
    expect(await agents.findOne({ _id })).toMatchObject({ state });
});

test('insertRecord() gives each of 200 callers at once its own record, and one of each name to those who want the same', async () => {
  const wanted = Array.from({ length: 200 }, (_, at) => `host-${at % 50}`);
  const outcomes = await Promise.allSettled(
    wanted.map(async (hostname) => {
      const id = randomUUID();
      const { doc } = await insertRecord(agents, { id, state: { id, hostname, state: 'online' }, change });
      expect(doc).toMatchObject({ _id: id, v: 1, state: { id, hostname } });
      expect(await agents.findOne({ _id: id })).toEqual(doc);
      return hostname;
    }),
  );
  const made = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(made.toSorted()).toEqual([...new Set(wanted)].toSorted());
  for (const one of outcomes) {
    if (one.status === 'rejected')
      expect(duplicateKey(one.reason), String(one.reason)).toEqual(['state.hostname']);
  }
});

test('insertGrouped() says of every document of a group that was cut short that it may not be there', async () => {
  const other = openMongo({ url: inject('mongodbUrl'), database: mongo.db.databaseName, log });
  await other.ping();
  const collection = other.db.collection<RecordDoc<Agent>>('agents');
  const all = Promise.allSettled([1, 2, 3].map(() => insertGrouped(collection, agent(randomUUID()))));
  await other.close();
  for (const one of await all) {
    expect(one.status === 'rejected' && mongoUnavailable(one.reason)?.code).toBe('unavailable');
  }
});
