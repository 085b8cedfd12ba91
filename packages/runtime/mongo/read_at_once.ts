import { type Collection, type Document, type Filter, MongoServerSelectionError } from 'mongodb';
import { mongoUnavailable } from './errors.ts';

/** Which documents are read, what of them, and in which order; at most `limit`. */
export type ReadAtOnce<D extends Document> = {
  readonly filter: Filter<D>;
  readonly projection?: Readonly<Record<string, 0 | 1>>;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit: number;
};

/**
 * Reads a few documents by one command and its one answer. A cursor does the same, is made to be read on from, and takes the processor a
 * quarter longer; it is left to do what does not fit into one answer, and to ask again where a connection was lost.
 *
 * @throws whatever the driver throws.
 */
export async function readAtOnce<D extends Document, R = D>(
  collection: Collection<D>,
  { limit, ...query }: ReadAtOnce<D>,
): Promise<R[]> {
  try {
    const { cursor } = await collection.db.command({
      ...{ find: collection.collectionName, ...query, readConcern: collection.readConcern?.toJSON() },
      // With just as many, the server would wait to be asked for more.
      ...{ limit, batchSize: limit + 1 },
    });
    if (Number(cursor.id) === 0) return cursor.firstBatch;
  } catch (error) {
    if (error instanceof MongoServerSelectionError || mongoUnavailable(error) === undefined) throw error;
  }
  const { filter, ...options } = query;
  return (await collection.find(filter, options).limit(limit).toArray()) as R[];
}
