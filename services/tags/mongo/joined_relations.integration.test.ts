import { randomUUID } from 'node:crypto';
import { ensureCollections, firstVersion, type Mongo, openLog, openMongo } from '@muster/runtime';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { LiveTag } from '../tag.ts';
import { type TaggingDoc, type TagsDb, taggingId, tagsCollections, tagsDb } from './collections.ts';
import { relationBatches } from './joined_relations.ts';
import { findTag, insertTag } from './tag_store.ts';
import { relationsOf, taggingChange } from './tagging_store.ts';

const log = openLog('test', 'silent');
const origin = { by: 'ann', traceparent: 't' };

let mongo: Mongo;
let db: TagsDb;

beforeAll(async () => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `tags_${randomUUID()}`, log });
  await ensureCollections(mongo.db, tagsCollections, { log }).done;
  db = tagsDb(mongo.db);
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

/** A tag with so many relations, and as many of an incarnation before it. */
async function tagWith(id: number, count: number): Promise<LiveTag> {
  const tag = (await insertTag(db, { id, tag: `tag ${id}` }, origin)) as LiveTag;
  const docs = [tag.incarnation, randomUUID()].flatMap((incarnation) =>
    Array.from({ length: count }, (_, at): TaggingDoc => {
      const relation = { kind: 'job', ref: at, born: 1 } as const;
      const state = { tag_id: id, incarnation, ...relation };
      const change = taggingChange('created', origin);
      return firstVersion({ id: taggingId(incarnation, 'job', at), state, change });
    }),
  );
  if (docs.length > 0) await db.taggings.insertMany(docs);
  return tag;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('the relations of tags that are read together are those of each tag, whatever another one has', async () => {
  const counts = [3, 0, 1_500, 2, 40];
  const tags: LiveTag[] = [];
  for (const [at, count] of counts.entries()) tags.push(await tagWith(at + 1, count));
  const read = await Promise.all(tags.map((tag) => db.fewRelationsOf(tag)));
  expect(read.map((relations) => relations?.length)).toEqual([3, 0, undefined, 2, 40]);
  const whole = await Promise.all(tags.map((tag) => relationsOf(db, tag)));
  expect(whole.map(({ length }) => length)).toEqual(counts);
  expect(read).toEqual(whole.map((relations, at) => (at === 2 ? undefined : relations)));
  for (const [at, tag] of tags.entries()) {
    const batches = await all(relationBatches(db.taggings, tag));
    expect(batches.flat()).toEqual(whole[at]);
    expect(await all(relationBatches(db.taggings, tag, 'agent'))).toEqual([]);
  }
});

test('tags that are looked up together by names and ids are found each by its own', async () => {
  const { id } = (await insertTag(db, { id: 77, tag: '__proto__' }, origin)) as LiveTag;
  const addresses = [
    { name: '__proto__' },
    { id },
    { name: 'none' },
    { id: 78 },
    { name: '__proto__' },
    { id: null },
  ];
  const found = await Promise.all(addresses.map((address) => findTag(db, address)));
  expect(found.map((tag) => tag?.id)).toEqual([77, 77, undefined, undefined, 77, undefined]);
});
