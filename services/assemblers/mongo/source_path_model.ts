import { foldKnown, joinedReader } from '@muster/runtime';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import type { SeenPath } from '../count_source_paths.ts';
import type { SourcePathDoc } from './collections.ts';

/**
 * Nobody waits for the count of a new assembler, and to count for one costs as much as for fifty. But what waits longer than two young
 * collections, a tenth of a second under load, grows old with all that it refers to.
 */
const APART_MS = 100;

/** Opens the read model of source paths. */
export function sourcePathModel(collection: Collection<SourcePathDoc>) {
  const countAll = async (slugs: readonly string[]) =>
    collection
      .aggregate<{ readonly _id: string; readonly count: number }>([
        { $match: { assembler_slug: { $in: [...slugs] }, live: true } },
        { $group: { _id: '$assembler_slug', count: { $sum: 1 } } },
      ])
      .toArray();
  const counted = joinedReader(countAll, ({ _id }) => _id, { apartMs: APART_MS });
  return {
    async fold(paths: readonly SeenPath[]): Promise<ReadonlyMap<string, readonly string[]>> {
      if (paths.length === 0) return new Map();
      // Remembered before the version is taken: who takes a later one then sees every slug that was ever counted.
      await collection.bulkWrite(paths.map(remember), { ordered: false });
      await foldKnown(collection, paths.map(versionOf) as SourcePathDoc[]);
      const ids = paths.map(({ id }) => id);
      const docs = await collection.find({ _id: { $in: ids } }, { projection: { slugs: 1 } }).toArray();
      return new Map(docs.map(({ _id, slugs }) => [_id, slugs]));
    },

    async countBySlug(slugs: readonly string[]): Promise<ReadonlyMap<string, number>> {
      const counts = slugs.length === 0 ? [] : await countAll(slugs);
      return new Map(counts.map(({ _id, count }) => [_id, count]));
    },

    /** How many living source paths are under a slug; those that are asked for at the same time are counted together. */
    countOf: async (slug: string): Promise<number> => (await counted(slug))?.count ?? 0,
  };
}

/** A path that is new here begins below every version. */
const remember = ({ id, slug }: SeenPath): AnyBulkWriteOperation<SourcePathDoc> => ({
  updateOne: {
    filter: { _id: id },
    update: {
      $setOnInsert: { v: 0, live: false },
      $addToSet: { slugs: { $each: slug === null ? [] : [slug] } },
    },
    upsert: true,
  },
});

/** A deleted path keeps the slug that it had. */
const versionOf = ({ id, v, slug }: SeenPath) =>
  slug === null ? { _id: id, v, live: false } : { _id: id, v, live: true, assembler_slug: slug };
