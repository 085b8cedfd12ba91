import type { LookedUp } from '@muster/contracts';
import DataLoader from 'dataloader';
import type { Collection, Filter } from 'mongodb';
import type { LiveDoc, RecordDoc } from './record.ts';

/** At most so many ids in one query. */
const MAX_IDS = 200;

/**
 * Makes a reader of living records by id, undefined for one that does not live. What is asked for in one tick is read by one
 * query, since the driver's cost is by the operation; each answer is read after it was asked for.
 */
export function recordReader<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
): (id: K) => Promise<LiveDoc<S, K> | undefined> {
  const loader = new DataLoader(
    async (ids: readonly K[]) => {
      const docs = await recordsOf(collection, ids);
      const byId = new Map(docs.map((doc) => [doc._id as K, doc as RecordDoc<S, K>]));
      return ids.map((id) => byId.get(id));
    },
    { cache: false, maxBatchSize: MAX_IDS },
  );
  return async (id) => {
    const doc = await loader.load(id);
    return doc?.live ? (doc as LiveDoc<S, K>) : undefined;
  };
}

/** Answers an owner's look-up: the records of these ids that were ever made, tombstones included. */
export async function lookUpRecords<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  ids: readonly K[],
): Promise<LookedUp[]> {
  if (ids.length === 0) return [];
  const docs = await recordsOf(collection, ids);
  return docs.map(({ _id, live, v, born, state }) => ({
    id: String(_id),
    live,
    v,
    born,
    state: (state ?? null) as LookedUp['state'],
  }));
}

const recordsOf = <S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  ids: readonly K[],
) => collection.find({ _id: { $in: [...new Set(ids)] } } as Filter<RecordDoc<S, K>>).toArray();
