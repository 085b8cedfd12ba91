import type { Agent, Job, SourcePath } from '@muster/contracts';
import { type CollectionSpec, listIndex, type RecordDoc } from '@muster/runtime';
import type { Db } from 'mongodb';

/** The registry's collections, each the truth about one kind of record. */
export const collections: readonly CollectionSpec[] = ['agents', 'jobs', 'source_paths'].map((name) => ({
  name,
  published: true,
  indexes: [listIndex],
}));

/** Opens the registry's collections. */
export const openCollections = (db: Db) => ({
  agents: db.collection<RecordDoc<Agent>>('agents'),
  jobs: db.collection<RecordDoc<Job, number>>('jobs'),
  sourcePaths: db.collection<RecordDoc<SourcePath>>('source_paths'),
});
