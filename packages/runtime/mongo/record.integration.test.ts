import { randomUUID } from 'node:crypto';
import { type Agent, AppError, eventType } from '@muster/contracts';
import type { Collection } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { buryRecord } from './bury_record.ts';
import { changeRecord } from './change_record.ts';
import { ensureCollections } from './collections.ts';
import { duplicateKey, mongoUnavailable } from './errors.ts';
import { insertRecord } from './insert_record.ts';
import { type Mongo, openMongo } from './open_mongo.ts';
import type { Change, RecordDoc } from './record.ts';

const log = pino({ level: 'silent' });
let mongo: Mongo;
let agents: Collection<RecordDoc<Agent>>;
let id: string;

const specs = [
  {
    name: 'agents',
    published: true,
    indexes: [
      { key: { 'state.hostname': 1 }, unique: true, partialFilterExpression: { live: true } } as const,
    ],
  },
];

const change = (verb: 'created' | 'updated' | 'deleted'): Change => ({
  type: eventType('agent', verb),
  at: new Date(),
  traceparent: null,
  by: 'test',
});

const insert = (hostname = id) =>
  insertRecord(agents, { id, state: { id, hostname, state: 'online' }, change: change('created') });

beforeAll(async () => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `test_${randomUUID()}`, log });
  await mongo.db.createCollection('agents');
  await ensureCollections(mongo.db, specs, { log }).done;
  agents = mongo.db.collection('agents');
});

beforeEach(() => {
  id = randomUUID();
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

test('insertRecord() makes version 1 for one of many callers at once', async () => {
  const results = await Promise.all(Array.from({ length: 12 }, () => insert()));
  expect(results.filter(({ outcome }) => outcome === 'inserted')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'exists')).toHaveLength(11);
  expect(await agents.findOne({ _id: id })).toMatchObject({
    live: true,
    v: 1,
    born: 1,
    last: { type: 'farm.agent.created.v1', by: 'test', delta: ['id', 'hostname', 'state'] },
  });
});

test('insertRecord() revives a tombstone once, as its next version and a new life', async () => {
  await insert();
  const buried = await buryRecord(agents, { id, change: change('deleted') });
  expect(buried).toMatchObject({ outcome: 'buried', v: 2, before: { v: 1, state: { hostname: id } } });
  expect(await agents.findOne({ _id: id })).not.toHaveProperty('state');
  const results = await Promise.all(Array.from({ length: 8 }, () => insert()));
  expect(results.filter(({ outcome }) => outcome === 'revived')).toHaveLength(1);
  expect(await agents.findOne({ _id: id })).toMatchObject({ live: true, v: 3, born: 3 });
});

test('insertRecord() names the unique index that refuses, which tombstones leave free', async () => {
  await insert('taken');
  const first = id;
  id = randomUUID();
  const error = await insert('taken').catch((reason: unknown) => reason);
  expect(duplicateKey(error)).toEqual(['state.hostname']);
  expect(mongoUnavailable(error)).toBeUndefined();
  await buryRecord(agents, { id: first, change: change('deleted') });
  expect(await insert('taken')).toMatchObject({ outcome: 'inserted' });
});

test('insertRecord() takes part in a transaction', async () => {
  await insert();
  await mongo.client.withSession((session) =>
    session.withTransaction(async () => {
      const input = { id, state: { id, hostname: id, state: 'online' as const }, change: change('created') };
      expect(await insertRecord(agents, { ...input, session })).toMatchObject({ outcome: 'exists' });
      await buryRecord(agents, { id, change: change('deleted'), session });
      expect(await insertRecord(agents, { ...input, session })).toMatchObject({ outcome: 'revived' });
    }),
  );
  expect(await agents.findOne({ _id: id })).toMatchObject({ v: 3, born: 3 });
});

test('changeRecord() writes what differs and nothing else', async () => {
  await insert();
  const update = (patch: Partial<Agent>) => changeRecord(agents, { id, patch, change: change('updated') });
  expect(await update({ state: 'running', cpus: null })).toMatchObject({
    outcome: 'changed',
    doc: { v: 2, born: 1, state: { state: 'running' }, last: { delta: ['state', 'cpus'] } },
  });
  expect(await update({ state: 'running', cpus: null })).toMatchObject({
    outcome: 'unchanged',
    doc: { v: 2 },
  });
  expect(await update({ ram: null })).toMatchObject({ outcome: 'unchanged' });
  expect(await update({})).toMatchObject({ outcome: 'unchanged' });
  expect((await agents.findOne({ _id: id }))?.v).toBe(2);
});

test('changeRecord() makes one version of many equal changes at once', async () => {
  await insert();
  const results = await Promise.all(
    Array.from({ length: 12 }, () =>
      changeRecord(agents, { id, patch: { ram: 7 }, change: change('updated') }),
    ),
  );
  expect(results.filter(({ outcome }) => outcome === 'changed')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'unchanged')).toHaveLength(11);
});

test('changeRecord() and buryRecord() tell a missing record, another version and a guard that fails', async () => {
  const update = (more: object) =>
    changeRecord(agents, { id, patch: { ram: 1 }, change: change('updated'), ...more });
  expect(await update({})).toEqual({ outcome: 'missing' });
  await insert();
  expect(await update({ v: 9 })).toMatchObject({ outcome: 'conflict', doc: { v: 1 } });
  expect(await update({ guard: { 'state.state': 'offline' } })).toMatchObject({ outcome: 'refused' });
  expect(await update({ v: 1, guard: { 'state.state': 'online' } })).toMatchObject({ outcome: 'changed' });
  const bury = (more: object) => buryRecord(agents, { id, change: change('deleted'), ...more });
  expect(await bury({ v: 1 })).toMatchObject({ outcome: 'conflict', doc: { v: 2 } });
  expect(await bury({ guard: { 'state.ram': 2 } })).toMatchObject({ outcome: 'refused' });
  expect(await bury({ v: 2 })).toMatchObject({ outcome: 'buried', v: 3 });
  expect(await bury({})).toEqual({ outcome: 'missing' });
});

test('ensureCollections() turns on post-images where a collection was there without', async () => {
  const [info] = await mongo.db.listCollections({ name: 'agents' }).toArray();
  expect(info).toMatchObject({ options: { changeStreamPreAndPostImages: { enabled: true } } });
});

test('openMongo() and ensureCollections() do not wait for a server that is away', async () => {
  const away = openMongo({ url: 'mongodb://127.0.0.1:1/?replicaSet=rs0', database: 'x', log });
  const setup = ensureCollections(away.db, specs, { log });
  const startedAt = Date.now();
  const error = await away.ping().catch((reason: unknown) => reason);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'unavailable', key: 'mongodb_unavailable' });
  expect(setup.ready()).toBe(false);
  setup.stop();
  await setup.done;
  await away.close();
});
