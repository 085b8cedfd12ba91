import type { Collection, Document, Filter } from 'mongodb';
import type { LiveDoc, RecordDoc } from './record.ts';

/** The index that the lists of this file read by. */
export const listIndex = { key: { live: 1, _id: 1 } } as const;

/** How many records a long list holds in memory at a time. */
const BATCH = 500;

/** A part of a list: the records after this id, and at most how many. */
export type Part<K> = { readonly after?: K | undefined; readonly limit?: number | undefined };

/** Reads the living records by id, a batch at a time. */
export async function* streamRecords<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  { after, limit }: Part<K>,
): AsyncGenerator<LiveDoc<S, K>> {
  const filter = { live: true, ...(after === undefined ? {} : { _id: { $gt: after } }) };
  const cursor = collection.find(filter as Filter<RecordDoc<S, K>>, { batchSize: BATCH }).sort({ _id: 1 });
  for await (const doc of limit === undefined ? cursor : cursor.limit(limit)) yield doc as LiveDoc<S, K>;
}

/** Some of the living records in their order, and how many there are in all. */
export type Counted<S> = { readonly items: readonly S[]; readonly total: number };

/**
 * Reads one page of the living records by id, and counts them, in one operation. A write may come between the two, so the
 * total is mended where the page itself proves it wrong.
 */
export async function pageOfRecords<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  { skip, limit }: { readonly skip: number; readonly limit: number },
): Promise<Counted<S>> {
  const live = { $match: { live: true } };
  const count = { coll: collection.collectionName, pipeline: [live, { $count: 'total' }] };
  const found = await collection
    .aggregate<Document>([
      live,
      { $sort: { _id: 1 } },
      { $skip: skip },
      { $limit: limit },
      { $project: { _id: 0, state: 1 } },
      { $unionWith: count },
    ])
    .toArray();
  const items = found.filter((doc) => doc.state !== undefined).map((doc) => doc.state as S);
  const counted: number = found.find((doc) => doc.total !== undefined)?.total ?? 0;
  if (items.length === 0) return { items, total: Math.min(counted, skip) };
  return { items, total: Math.max(counted, skip + items.length) };
}
