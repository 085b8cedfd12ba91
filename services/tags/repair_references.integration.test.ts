import { randomUUID } from 'node:crypto';
import type { LookedUp, ReferenceKind } from '@muster/contracts';
import {
  differingBuckets,
  ensureCollections,
  type Mongo,
  openDigest,
  openLog,
  openMongo,
} from '@muster/runtime';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Side } from './compare_references.ts';
import { type TagsDb, tagsCollections, tagsDb } from './mongo/collections.ts';
import { removeRow, replaceRow } from './mongo/reference_repair.ts';
import { referenceSide } from './mongo/reference_side.ts';
import { foldReferences, knownReferences } from './mongo/reference_store.ts';
import { buryRelationsOf, relationsLeft, renewRelationsOf } from './mongo/sweep_store.ts';
import { repairReferences } from './repair_references.ts';

const log = openLog('test', 'silent');
let mongo: Mongo;
let db: TagsDb;
const owned = new Map<string, LookedUp>();

beforeAll(async () => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `tags_${randomUUID()}`, log });
  await ensureCollections(mongo.db, tagsCollections, { log }).done;
  db = tagsDb(mongo.db);
});
beforeEach(async () => {
  owned.clear();
  await db.references.deleteMany({});
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const record = (id: string, v: number, live = true): LookedUp => ({
  id,
  live,
  v,
  born: 1,
  state: live ? { hostname: `h${v}` } : null,
});
const seen = (v: number) => ({ live: true, v, born: 1, label: `h${v}` });
const store = (id: string, v: number) => db.references.insertOne({ _id: `agent:${id}`, ...seen(v) });
const rowOf = async (id: string) => {
  const row = await db.references.findOne({ _id: `agent:${id}` });
  return row && [row.live, row.v, row.label];
};
/** What an event would do. */
const hear = async (one: LookedUp) => {
  owned.set(one.id, one);
  await foldReferences(db, [
    { kind: 'agent', ref: one.id, ...seen(one.v), live: one.live, ...(one.live ? {} : { label: null }) },
  ]);
};

/** The owner's side, of agents only. */
const owners: Side = {
  async digest(kind) {
    const digest = openDigest();
    const all = kind === 'agent' ? [...owned.values()] : [];
    for (const one of all) digest.add(digested(one));
    return { digests: digest.text(), count: all.length };
  },
  async *list(kind) {
    yield kind === 'agent' ? [...owned.values()].map(digested) : [];
  },
};
const digested = ({ id, live, v, born }: LookedUp) => ({ id, live, v, born, label: live ? `h${v}` : null });

/** Repairs; `before` is done each time just before a row is written. */
const repair = (before: () => Promise<void> = async () => {}) =>
  repairReferences({
    owners,
    readModel: referenceSide(db),
    differingBuckets,
    caughtUp: async () => {},
    position: () => 1,
    askOwner: async (kind: ReferenceKind, id) => (kind === 'agent' ? owned.get(id) : undefined),
    knownReferences: (wanted) => knownReferences(db, wanted),
    foldReferences: (found) => foldReferences(db, found),
    buryRelationsOf: (past) => buryRelationsOf(db, past),
    relationsLeft: (past) => relationsLeft(db, past),
    renewRelationsOf: (past, to) => renewRelationsOf(db, past, to),
    replaceRow: async (reference, rows) => {
      await before();
      return replaceRow(db, reference, rows);
    },
    removeRow: (reference, row) => removeRow(db, reference, row),
  });

test('repairReferences() lowers a version that is too high and removes what was invented', async () => {
  owned.set('a', record('a', 3));
  await Promise.all([store('a', 900), store('invented', 2)]);
  expect(await repair()).toMatchObject({ healed: 2, kinds: { agent: { left: [] } } });
  expect([await rowOf('a'), await rowOf('invented')]).toEqual([[true, 3, 'h3'], null]);
});

test('repairReferences() leaves a row alone that an event has changed since it was seen', async () => {
  owned.set('a', record('a', 3));
  await store('a', 1);
  const { healed, kinds } = await repair(() => hear(record('a', 4)));
  expect([healed, kinds.agent.left]).toEqual([0, ['a']]);
  expect(await rowOf('a')).toEqual([true, 4, 'h4']);
});

test('repairReferences() makes up for an event that was taken for an old one while the version was too high', async () => {
  owned.set('a', record('a', 3));
  await store('a', 900);
  const { healed } = await repair(() => hear(record('a', 4, false)));
  expect(healed).toBe(1);
  expect(await rowOf('a')).toEqual([false, 4, null]);
});

test('repairReferences() finds a row under an id that no owner could have written so', async () => {
  await store('0199AAAA-0000-7000-8000-00000000000A', 1);
  await store('x'.repeat(200), 1);
  expect(await repair()).toMatchObject({ healed: 2 });
  expect(await db.references.countDocuments({})).toBe(0);
});
