import type { ClientSession, Collection, Filter, OptionalUnlessRequiredId } from 'mongodb';
import { duplicateKey } from './errors.ts';
import { insertGrouped } from './grouped_inserts.ts';
import { type Change, firstVersion, type LiveDoc, type RecordDoc, stamp } from './record.ts';
import { sessionOf } from './refusal.ts';

/** What became of an insertion; `exists`: a live record has that id and was left alone. */
export type Insertion<S, K extends string | number> = {
  readonly outcome: 'inserted' | 'revived' | 'exists';
  readonly doc: LiveDoc<S, K>;
};

type Input<S, K> = { id: K; state: S; change: Change; session?: ClientSession };

/**
 * Makes a record: as version 1, or, where a tombstone has its id, as the tombstone's next version. Of any number of
 * callers at once exactly one makes it.
 *
 * @throws the driver's duplicate key error when another unique index refuses the state, see `duplicateKey`.
 */
export async function insertRecord<S extends object, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  input: Input<S, K>,
): Promise<Insertion<S, K>> {
  // Inside a transaction a duplicate key would abort it all, so there the id is looked at first.
  if (input.session === undefined) {
    const doc = await insertNew(collection, input);
    if (doc !== undefined) return { outcome: 'inserted', doc };
  }
  for (;;) {
    const found = await collection.findOne({ _id: input.id } as Filter<RecordDoc<S, K>>, sessionOf(input));
    if (found?.live) return { outcome: 'exists', doc: found as LiveDoc<S, K> };
    const doc = found ? await revive(collection, input, found.v) : await insertNew(collection, input);
    if (doc !== undefined) return { outcome: found ? 'revived' : 'inserted', doc };
  }
}

/** Undefined when the id is taken. */
async function insertNew<S extends object, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  input: Input<S, K>,
): Promise<LiveDoc<S, K> | undefined> {
  const doc = firstVersion(input);
  try {
    if (input.session === undefined) await insertGrouped(collection, doc);
    else await collection.insertOne(doc as OptionalUnlessRequiredId<RecordDoc<S, K>>, sessionOf(input));
    return doc;
  } catch (error) {
    if (duplicateKey(error)?.includes('_id')) return undefined;
    throw error;
  }
}

/** Undefined when the tombstone is no longer at version `v`: someone else revived it. */
async function revive<S extends object, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  input: Input<S, K>,
  v: number,
): Promise<LiveDoc<S, K> | undefined> {
  const last = stamp(input.change, Object.keys(input.state));
  const next = { live: true, v: v + 1, born: v + 1, last, state: input.state };
  const { matchedCount } = await collection.updateOne(
    { _id: input.id, v, live: false } as Filter<RecordDoc<S, K>>,
    { $set: next } as object,
    sessionOf(input),
  );
  return matchedCount === 1 ? { _id: input.id, ...next } : undefined;
}
