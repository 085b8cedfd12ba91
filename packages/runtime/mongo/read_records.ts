import type { LookedUp } from '@muster/contracts';
import type { Collection, Filter } from 'mongodb';
import { type Batching, inBatches } from './in_batches.ts';
import { readAtOnce } from './read_at_once.ts';
import type { HeldDoc, RecordDoc } from './record.ts';

/**
 * Makes a reader of documents by a key of theirs, undefined for one that is not there; `readAll` reads those of many keys, in any
 * order, at most 200 at a time, and, where it is given, so many ms apart.
 */
export function joinedReader<K extends string | number, D>(
  readAll: (keys: K[]) => Promise<readonly D[]>,
  keyOf: (doc: D) => K,
  apart: Pick<Batching, 'apartMs'> = {},
): (key: K) => Promise<D | undefined> {
  return inBatches<K, D | undefined>(
    async (keys) => {
      const docs = await readAll([...new Set(keys)]);
      const byKey = new Map(docs.map((doc) => [keyOf(doc), doc]));
      return keys.map((key) => byKey.get(key));
    },
    { most: 200, underWay: 2, ...apart },
  );
}

/** The condition that a document has one of some ids; one alone is asked for as one, which costs the server up to a quarter less. */
export const oneOf = <V extends string | number>(ids: readonly V[]): V | { $in: V[] } =>
  ids.length === 1 ? (ids[0] as V) : { $in: [...ids] };

/** Makes a reader of living records by id, undefined for one that does not live. */
export function recordReader<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
): (id: K) => Promise<HeldDoc<S, K> | undefined> {
  const read = joinedReader(
    (ids: K[]) => recordsOf(collection, ids),
    ({ _id }) => _id,
  );
  return async (id) => {
    const doc = await read(id);
    return doc?.live ? (doc as HeldDoc<S, K>) : undefined;
  };
}

/** Answers an owner's look-up: the records of these ids that were ever made, tombstones included. */
export async function lookUpRecords<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  ids: readonly K[],
): Promise<LookedUp[]> {
  if (ids.length === 0) return [];
  const docs = await recordsOf(collection, [...new Set(ids)]);
  return docs.map(({ _id, live, v, born, state }) => ({
    id: String(_id),
    live,
    v,
    born,
    state: (state ?? null) as LookedUp['state'],
  }));
}

const recordsOf = <S, K extends string | number>(collection: Collection<RecordDoc<S, K>>, ids: K[]) =>
  readAtOnce<RecordDoc<S, K>, Omit<RecordDoc<S, K>, 'last'>>(collection, {
    filter: { _id: oneOf(ids) } as Filter<RecordDoc<S, K>>,
    projection: { last: 0 },
    limit: ids.length,
  });
