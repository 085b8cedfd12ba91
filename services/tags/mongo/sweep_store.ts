import type { Tagging } from '@muster/contracts';
import { changeRecord } from '@muster/runtime';
import type { Filter } from 'mongodb';
import type { PastRelations } from '../follow_references.ts';
import { referenceKey } from '../reference.ts';
import type { SweptTagging, Tombstone } from '../sweep_taggings.ts';
import type { LiveTag } from '../tag.ts';
import { incarnationOf, type TaggingDoc, type TagsDb } from './collections.ts';
import { findTag, toTag } from './tag_store.ts';
import { buryTaggings, taggingChange } from './tagging_store.ts';

const BATCH = 500;

async function* batches({ taggings }: TagsDb, filter: Filter<TaggingDoc>): AsyncGenerator<TaggingDoc[]> {
  const cursor = taggings.find(filter).batchSize(BATCH);
  try {
    while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
  } finally {
    await cursor.close();
  }
}

const pastFilter = ({ reference: { kind, ref }, born, until }: PastRelations): Filter<TaggingDoc> => ({
  live: true,
  'state.kind': kind,
  'state.ref': { $eq: ref },
  'state.born': { $lt: born },
  ...(until === undefined ? {} : { 'last.at': { $lte: until } }),
});

/** Removes the stored relations to past lives of records. */
export async function buryRelationsOf(db: TagsDb, pasts: readonly PastRelations[]): Promise<void> {
  await buryAll(db, { $or: pasts.map(pastFilter) }, async (batch) => batch);
}

/** Removes what is chosen of the taggings that fit, again until none of them was renewed for another life just then. */
async function buryAll(
  db: TagsDb,
  filter: Filter<TaggingDoc>,
  choose: (batch: readonly TaggingDoc[]) => Promise<readonly TaggingDoc[]>,
): Promise<void> {
  let isDone: boolean;
  do {
    isDone = true;
    for await (const batch of batches(db, filter)) {
      isDone = (await buryTaggings(db, await choose(batch))) && isDone;
    }
  } while (!isDone);
}

/** The records that have stored relations to past lives of theirs, by reference key. */
export async function relationsLeft(
  { taggings }: TagsDb,
  pasts: readonly PastRelations[],
): Promise<ReadonlySet<string>> {
  const projection = { _id: 0, 'state.kind': 1, 'state.ref': 1 };
  const found = await taggings.find({ $or: pasts.map(pastFilter) }, { projection }).toArray();
  return new Set(found.map(({ state }) => referenceKey(state as Tagging)));
}

/** Makes the stored relations to past lives of a record relations to the life that began at version `to`. */
export async function renewRelationsOf(db: TagsDb, past: PastRelations, to: number): Promise<void> {
  const change = taggingChange('updated', { by: null, traceparent: null });
  for await (const batch of batches(db, pastFilter(past))) {
    const tagIds = batch.flatMap(({ state }) => state?.tag_id ?? []);
    await db.views.changing(tagIds, async () => {
      for (const { _id, v } of batch)
        await changeRecord(db.taggings, { id: _id, v, patch: { born: to }, change });
    });
  }
}

/**
 * Removes the stored relations of a tag's past incarnations. Which one is present is asked after each batch is read: a tag and
 * its relations appear together, so what was read before belongs to that incarnation or to one that is past.
 */
export async function buryPastRelations(db: TagsDb, id: number): Promise<void> {
  const before = await findTag(db, { id });
  const filter = {
    live: true,
    'state.tag_id': id,
    ...(before === undefined ? {} : { 'state.incarnation': { $ne: before.incarnation } }),
  };
  await buryAll(db, filter, async (batch) => {
    const present = await findTag(db, { id });
    return batch.filter(({ state }) => state?.incarnation !== present?.incarnation);
  });
}

/** All stored relations, in batches. */
export async function* storedTaggings(db: TagsDb): AsyncGenerator<SweptTagging[]> {
  for await (const batch of batches(db, { live: true })) {
    yield batch.map(({ _id, v, state }) => ({ ...(state as Tagging), id: _id, v }));
  }
}

/** Living tags by id. */
export async function tagsById({ tags }: TagsDb, ids: readonly number[]): Promise<Map<number, LiveTag>> {
  const docs = await tags.find({ _id: { $in: [...ids] }, live: true }).toArray();
  return new Map(docs.map((doc) => [doc._id, toTag(doc)]));
}

/** Tombstones of dead incarnations whose last change is older than `before`. */
export async function* deadTombstones(db: TagsDb, before: Date): AsyncGenerator<Tombstone[]> {
  for await (const batch of batches(db, { live: false, 'last.at': { $lt: before } })) {
    const incarnations = [...new Set(batch.map(({ _id }) => incarnationOf(_id)))];
    const living = await db.tags
      .find(
        { 'state.incarnation': { $in: incarnations }, live: true },
        { projection: { 'state.incarnation': 1 } },
      )
      .toArray();
    const alive = new Set(living.map(({ state }) => state?.incarnation));
    yield batch.filter(({ _id }) => !alive.has(incarnationOf(_id))).map(({ _id, v }) => ({ id: _id, v }));
  }
}

/** Deletes tombstones for good, those that are still as they were read. */
export async function dropTombstones({ taggings }: TagsDb, tombstones: readonly Tombstone[]): Promise<void> {
  if (tombstones.length === 0) return;
  const deletes = tombstones.map(({ id, v }) => ({ deleteOne: { filter: { _id: id, v, live: false } } }));
  await taggings.bulkWrite(deletes, { ordered: false });
}
