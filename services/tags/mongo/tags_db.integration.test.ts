import { randomUUID } from 'node:crypto';
import { ensureCollections, type Mongo, openLog, openMongo } from '@muster/runtime';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { referenceKey } from '../reference.ts';
import { sweepTaggings, type Tombstone } from '../sweep_taggings.ts';
import type { LiveTag } from '../tag.ts';
import { type TagsDb, tagsCollections, tagsDb } from './collections.ts';
import { foldReferences, knownReferences } from './reference_store.ts';
import { replaceStore } from './replace_store.ts';
import {
  buryPastRelations,
  buryRelationsOf,
  deadTombstones,
  dropTombstones,
  relationsLeft,
  renewRelationsOf,
  storedTaggings,
  tagsById,
} from './sweep_store.ts';
import { relationsFrom } from './tag_cursor.ts';
import { buryTag, findTag, insertTag } from './tag_store.ts';
import { buryTagging, buryTaggings, insertTagging, relationsOf, tagsOf } from './tagging_store.ts';

const log = openLog('test', 'silent');
const origin = { by: 'ann', traceparent: 't' };
const alive = { live: true, v: 1, born: 1, label: 'h' };
const agent = { kind: 'agent', ref: 'a1' } as const;

let mongo: Mongo;
let db: TagsDb;

beforeAll(async () => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `tags_${randomUUID()}`, log });
  await ensureCollections(mongo.db, tagsCollections, { log }).done;
  db = tagsDb(mongo.db);
});
beforeEach(() => Promise.all([db.tags, db.taggings, db.references].map((all) => all.deleteMany({}))));
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const blue = async (id = 1) => (await insertTag(db, { id, tag: `blue${id}` }, origin)) as LiveTag;
const attach = (tag: LiveTag, born = 1) => insertTagging(db, tag, { relation: { ...agent, born }, origin });

describe('insertTag()', () => {
  test('says what is taken, the id of a deleted tag too', async () => {
    await blue();
    expect(await insertTag(db, { id: 2, tag: 'blue1' }, origin)).toBe('name taken');
    await buryTag(db, { address: { name: 'blue1' } }, origin);
    expect(await insertTag(db, { id: 1, tag: 'red' }, origin)).toBe('id taken');
    expect(await insertTag(db, { id: 2, tag: 'blue1' }, origin)).toMatchObject({ id: 2, tag: 'blue1' });
  });
});

describe('insertTagging()', () => {
  test('is true once for each life of the record, and never goes back to an earlier one', async () => {
    const tag = await blue();
    expect([await attach(tag), await attach(tag), await attach(tag, 3), await attach(tag)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await relationsOf(db, tag)).toEqual([{ ...agent, born: 3 }]);
  });
  test('counts versions on over a detach', async () => {
    const tag = await blue();
    await attach(tag);
    await buryTagging(db, tag, { reference: { ...agent, born: 2 }, origin });
    expect(await relationsOf(db, tag)).toHaveLength(1);
    await buryTagging(db, tag, { reference: agent, origin });
    await attach(tag);
    expect(await db.taggings.findOne({})).toMatchObject({ v: 3, born: 3, live: true });
  });
});

describe('replaceStore()', () => {
  test('drops every relation that is not given, in one step, and keeps the id', async () => {
    const tag = await blue();
    await attach(tag);
    const store = replaceStore(mongo.client, db);
    const next = (await store.reincarnateTag(tag, [{ kind: 'job', ref: 7, born: 1 }], origin)) as LiveTag;
    expect([next.id, next.v]).toEqual([1, 2]);
    expect(await relationsOf(db, next)).toEqual([{ kind: 'job', ref: 7, born: 1 }]);
    expect(await tagsOf(db, agent)).toEqual([]);
    expect(await store.reincarnateTag(tag, [], origin)).toBe('gone');
  });
  test('leaves nothing of a tag whose name is taken', async () => {
    await blue();
    const store = replaceStore(mongo.client, db);
    expect(await store.insertTagWith({ id: 5, tag: 'blue1' }, [{ ...agent, born: 1 }], origin)).toBe(
      'name taken',
    );
    expect([await db.tags.countDocuments({}), await db.taggings.countDocuments({})]).toEqual([1, 0]);
  });
});

describe('buryRelationsOf()', () => {
  test('removes the relations of a record, but not those of its present life', async () => {
    const [one, two] = [await blue(1), await blue(2)];
    await attach(one, 1);
    await attach(two, 3);
    await buryRelationsOf(db, [{ reference: agent, born: 3 }]);
    expect((await tagsOf(db, agent)).map(({ tag }) => tag.id)).toEqual([2]);
    await buryRelationsOf(db, [{ reference: agent, born: 4 }]);
    expect(await tagsOf(db, agent)).toEqual([]);
  });
  test('leaves those made after `until`, which renewRelationsOf() then makes relations to the next life', async () => {
    await attach(await blue());
    const past = { reference: agent, born: 3 };
    await buryRelationsOf(db, [{ ...past, until: new Date(Date.now() - 60_000) }]);
    expect([...(await relationsLeft(db, [past]))]).toEqual([referenceKey(agent)]);
    await renewRelationsOf(db, past, 3);
    expect([...(await relationsLeft(db, [past]))]).toEqual([]);
    expect((await tagsOf(db, agent)).map(({ relation }) => relation.born)).toEqual([3]);
  });
});

test('buryPastRelations() also removes a relation that is renewed for its record just then', async () => {
  const tag = await blue(1);
  await attach(tag);
  await buryTag(db, { address: { id: 1 } }, origin);
  let renewed = false;
  const taggings = new Proxy(db.taggings, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'bulkWrite') return value.bind(target);
      return async (...given: unknown[]) => {
        if (!renewed) {
          renewed = true;
          await renewRelationsOf(db, { reference: agent, born: 3 }, 3);
        }
        return value.apply(target, given);
      };
    },
  });
  await buryPastRelations({ ...db, taggings }, 1);
  expect([renewed, await db.taggings.countDocuments({ live: true })]).toEqual([true, 0]);
});

describe('sweepTaggings()', () => {
  const sweep = (forgetState: (tombstone: Tombstone) => Promise<boolean>) =>
    sweepTaggings({
      knownReferences: (references) => knownReferences(db, references),
      storedTaggings: () => storedTaggings(db),
      tagsById: (ids) => tagsById(db, ids),
      buryTaggings: (found) =>
        buryTaggings(
          db,
          found.map(({ id, v }) => ({ _id: id, v })),
        ),
      deadTombstones: () => deadTombstones(db, new Date(Date.now() + 1_000)),
      forgetState,
      dropTombstones: (tombstones) => dropTombstones(db, tombstones),
    });

  test('removes what does not hold and leaves the rest alone', async () => {
    const [kept, deleted] = [await blue(1), await blue(2)];
    await foldReferences(db, [
      { ...agent, ...alive },
      { kind: 'job', ref: 1, ...alive, live: false, v: 2 },
    ]);
    await attach(kept);
    await insertTagging(db, kept, { relation: { kind: 'job', ref: 1, born: 1 }, origin });
    await attach(deleted);
    await buryTag(db, { address: { id: 2 } }, origin);
    expect(await sweep(async () => false)).toEqual({ buried: 2, dropped: 0 });
    expect(await relationsOf(db, kept)).toEqual([{ ...agent, born: 1 }]);
  });
  test('drops tombstones of dead incarnations once FARM_STATE has forgotten them, and no others', async () => {
    const [kept, deleted] = [await blue(1), await blue(2)];
    for (const tag of [kept, deleted]) {
      await attach(tag);
      await buryTagging(db, tag, { reference: agent, origin });
    }
    await buryTag(db, { address: { id: 2 } }, origin);
    expect(await sweep(async () => false)).toEqual({ buried: 0, dropped: 0 });
    const forgotten: string[] = [];
    expect(await sweep(async ({ id }) => Boolean(forgotten.push(id)))).toEqual({ buried: 0, dropped: 1 });
    expect(forgotten).toEqual([`${deleted.incarnation}_agent_a1`]);
    expect(await db.taggings.countDocuments({})).toBe(1);
  });
});

describe('every query uses an index', () => {
  const stages = (plan: Document): string[] => [
    plan.stage,
    ...[plan.inputStage, ...(plan.inputStages ?? [])].filter(Boolean).flatMap(stages),
  ];
  test.each([
    ['a tag by name', 'tags', { 'state.tag': 'x', live: true }, {}],
    [
      'relations of a tag',
      'taggings',
      { live: true, 'state.tag_id': 1, 'state.incarnation': 'i' },
      { 'state.kind': 1, 'state.ref': 1 },
    ],
    [
      'relations of a record',
      'taggings',
      { live: true, 'state.kind': 'agent', 'state.ref': 'a' },
      { 'state.tag_id': 1 },
    ],
    [
      'relations of a dead record',
      'taggings',
      { live: true, 'state.kind': 'agent', 'state.ref': 'a', 'state.born': { $lt: 3 } },
      {},
    ],
    [
      'relations of past incarnations',
      'taggings',
      { live: true, 'state.tag_id': 1, 'state.incarnation': { $ne: 'i' } },
      {},
    ],
    [
      'the index over all tags',
      'taggings',
      { live: true, 'state.tag_id': { $gt: 0 } },
      { 'state.tag_id': 1, 'state.incarnation': 1, 'state.kind': 1, 'state.ref': 1 },
    ],
    ['old tombstones', 'taggings', { live: false, 'last.at': { $lt: new Date() } }, {}],
    ['a living incarnation', 'tags', { 'state.incarnation': { $in: ['i'] }, live: true }, {}],
  ] as const)('%s', async (_name, collection, filter, sort) => {
    const plan = await mongo.db.collection(collection).find(filter).sort(sort).explain('queryPlanner');
    const used = stages(plan.queryPlanner.winningPlan);
    expect(used).toContain('IXSCAN');
    expect(used).not.toContain('SORT');
  });
});

describe('relationsFrom()', () => {
  test('reads all relations in order and closes its cursor when it is left', async () => {
    for (const id of [2, 1]) await attach(await blue(id));
    const seen: number[] = [];
    for await (const batch of relationsFrom(db, 0)) seen.push(...batch.map(({ tag_id }) => tag_id));
    expect(seen).toEqual([1, 2]);
    for await (const _batch of relationsFrom(db, 0)) break;
    expect(await findTag(db, { id: 1 })).toMatchObject({ tag: 'blue1' });
  });
});
