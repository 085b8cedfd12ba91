import { randomUUID } from 'node:crypto';
import { ensureCollections, type Mongo, openLog, openMongo } from '@muster/runtime';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { tagReader } from '../read_tag.ts';
import type { LiveTag } from '../tag.ts';
import { type TagsDb, tagsCollections, tagsDb } from './collections.ts';
import { removeRow, replaceRow } from './reference_repair.ts';
import { foldReferences, knownReferences } from './reference_store.ts';
import { replaceStore } from './replace_store.ts';
import { renewRelationsOf } from './sweep_store.ts';
import { buryTag, findTag, insertTag } from './tag_store.ts';
import { buryTagging, insertTagging } from './tagging_store.ts';

const log = openLog('test', 'silent');
const origin = { by: 'ann', traceparent: 't' };
const agent = { kind: 'agent', ref: 'a1' } as const;
const alive = { live: true, v: 1, born: 1, label: 'host' };
const shown = [{ ...agent, born: 1, label: 'host' }];

let mongo: Mongo;
/** As two instances have it. */
let db: TagsDb;
let other: TagsDb;
let tag: LiveTag;

beforeAll(async () => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `tags_${randomUUID()}`, log });
  await ensureCollections(mongo.db, tagsCollections, { log }).done;
  [db, other] = [tagsDb(mongo.db), tagsDb(mongo.db)];
});
beforeEach(async () => {
  const all = ['tags', 'taggings', 'references', 'tag_views'];
  await Promise.all(all.map((name) => mongo.db.collection(name).deleteMany({})));
  await foldReferences(db, [{ ...agent, ...alive }]);
  tag = (await insertTag(db, { id: 7, tag: 'blue' }, origin)) as LiveTag;
  await insertTagging(db, tag, { relation: { ...agent, born: 1 }, origin });
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

/** The stamp of a tag once what was begun of it is told to be over. */
const opened = () =>
  vi.waitFor(async () => (await db.views.open(7)) ?? Promise.reject(new Error('it changes still')), 10_000);

const ready = { tag: { id: 7, tag: 'blue' }, relations: shown, stamp: expect.any(String) };

async function keepView(): Promise<void> {
  await db.views.keep({ tag, relations: shown }, await opened());
  expect(await other.views.read({ name: 'blue' })).toEqual(ready);
}

test('a view is found by name and id, by no other, and by nothing after it was forgotten', async () => {
  await keepView();
  expect(await db.views.read({ id: 7 })).toEqual(ready);
  for (const address of [{ name: 'Blue' }, { id: 8 }, { id: null }])
    expect(await db.views.read(address)).toBeUndefined();
  await db.views.forget([7]);
  expect([await db.views.read({ name: 'blue' }), await db.views.read({ id: 7 })]).toEqual([
    undefined,
    undefined,
  ]);
});

test('a view that was read before is the same object until its stamp is another, or it is gone', async () => {
  await keepView();
  const views = mongo.db.collection('tag_views');
  for (const address of [{ name: 'blue' }, { id: 7 }]) {
    const first = await db.views.read(address);
    expect(first).toEqual(ready);
    await views.updateOne({}, { $set: { relations: '[]' } });
    expect(await db.views.read(address)).toBe(first);
    await views.updateOne({}, { $set: { stamp: 'another' } });
    expect(await db.views.read(address)).toEqual({ ...ready, stamp: 'another', relations: [] });
    await views.deleteMany({});
    expect(await db.views.read(address)).toBeUndefined();
    await keepView();
  }
});

test('a name that another tag has taken over is that tag, though the view of the first was read before', async () => {
  await keepView();
  expect(await db.views.read({ name: 'blue' })).toEqual(ready);
  const views = mongo.db.collection('tag_views');
  await other.views.forget([7]);
  await views.insertOne({
    ...{ _id: 8 as never, stamp: 's', at: new Date() },
    name: 'blue',
    relations: '[]',
  });
  expect(await db.views.read({ name: 'blue' })).toMatchObject({ tag: { id: 8, tag: 'blue' } });
});

const ways: Record<string, () => Promise<unknown>> = {
  'an attach': () => insertTagging(other, tag, { relation: { kind: 'job', ref: 1, born: 1 }, origin }),
  'a detach': () => buryTagging(other, tag, { reference: agent, origin }),
  'a deletion': () => buryTag(other, { address: { name: 'blue' } }, origin),
  'a replacement': () => replaceStore(mongo.client, other).reincarnateTag(tag, [], origin),
  'a record that is called otherwise': () =>
    foldReferences(other, [{ ...agent, ...alive, v: 2, label: 'renamed' }]),
  'a record that is no more': () =>
    foldReferences(other, [{ ...agent, live: false, v: 2, born: 1, label: null }]),
  'a relation that is renewed for another life': () =>
    renewRelationsOf(other, { reference: agent, born: 3 }, 3),
  'a row that is put right': () =>
    replaceRow(other, agent, { seen: alive, truth: { ...alive, label: 'right' } }),
  'a row that is removed': () => removeRow(other, agent, alive),
};

for (const [name, change] of Object.entries(ways)) {
  test(`${name} takes the view away, and one that was begun before is not kept`, async () => {
    await keepView();
    const stamp = await opened();
    await change();
    const kept = () => Promise.all([db.views.read({ name: 'blue' }), db.views.read({ id: 7 })]);
    expect(await kept()).toEqual([undefined, undefined]);
    await db.views.keep({ tag, relations: shown }, stamp);
    expect(await kept()).toEqual([undefined, undefined]);
    expect(await opened()).not.toBe(stamp);
  });
}

test('nothing is kept of a tag from before a change begins until after it is done', async () => {
  await keepView();
  const { promise, resolve } = Promise.withResolvers<void>();
  const change = db.views.changing([7], () => promise);
  await vi.waitFor(async () => expect(await other.views.read({ id: 7 })).toBeUndefined());
  const second = db.views.changing([7], async () => {});
  await second;
  expect(await other.views.open(7)).toBeUndefined();
  resolve();
  await change;
  await keepView();
});

test('a change that failed may yet be done, for a minute', async () => {
  await expect(db.views.changing([7], () => Promise.reject(new Error('timed out')))).rejects.toThrow(
    'timed out',
  );
  expect(await other.views.open(7)).toBeUndefined();
  const since = new Date(Date.now() - 61_000);
  await mongo.db.collection('tag_views').updateMany({}, { $set: { changing: { x: since } } });
  await keepView();
});

test('what one instance has acknowledged no other shows older, however they write and read at once', async () => {
  const [acknowledged, begun, reads, wrong] = [[0], [0], [0], new Set<string>()];
  let fromViews = 0;
  const readTo = async (each: TagsDb, end: number) => {
    const read = tagReader({
      findTag: (address) => findTag(each, address),
      fewRelationsOf: each.fewRelationsOf,
      knownReferences: (wanted) => knownReferences(each, wanted),
      relationsInBatches: () => Promise.reject(new Error('they are few')) as never,
      views: {
        ...each.views,
        async read(address) {
          const view = await each.views.read(address);
          if (view !== undefined) fromViews += 1;
          return view;
        },
      },
    });
    while (acknowledged.length <= end) {
      const least = acknowledged.length;
      const { relations } = await read({ name: 'blue' });
      const [{ ref } = { ref: 0 }] = relations as unknown as { ref: number }[];
      reads.push(ref);
      if (ref < least - 1 || ref > begun.length - 1)
        wrong.add(`${ref}, not ${least - 1} to ${begun.length - 1}`);
    }
  };
  const rounds = 60;
  const reading = [db, other].map((each) => readTo(each, rounds));
  for (let round = 1; round <= rounds; round += 1) {
    const job = { kind: 'job', ref: round } as const;
    await foldReferences(db, [{ ...job, ...alive }]);
    begun.push(round);
    const store = replaceStore(mongo.client, round % 2 === 0 ? db : other);
    tag = (await store.reincarnateTag(tag, [{ ...job, born: 1 }], origin)) as LiveTag;
    acknowledged.push(round);
    // Some follow at once, while a view is being made or not; for others one stands ready.
    const [least, most] = [reads.length + (round % 12), round % 3 === 0 ? fromViews + 5 : 0];
    await vi.waitUntil(() => round === rounds || (reads.length >= least && fromViews >= most), {
      interval: 1,
      timeout: 10_000,
    });
  }
  await Promise.all(reading);
  expect([...wrong]).toEqual([]);
  expect(fromViews).toBeGreaterThanOrEqual(95);
});
