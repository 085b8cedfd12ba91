import type { Assembler } from '@muster/contracts';
import { type CollectionSpec, listIndex, type RecordDoc } from '@muster/runtime';
import type { Db } from 'mongodb';

/**
 * A source path as the read model keeps it. `assembler_slug` is where it is, or was when it was deleted; `slugs` are all
 * where it ever was, so that a move is counted at both ends however often its event comes.
 */
export type SourcePathDoc = {
  _id: string;
  v: number;
  live: boolean;
  assembler_slug?: string;
  slugs: string[];
};

/** Only the living are unique: what a destroyed one had is free again. */
const unique = (field: 'name' | 'host') => ({
  key: { [`state.${field}`]: 1 } as const,
  unique: true,
  partialFilterExpression: { live: true, [`state.${field}`]: { $type: 'string' } },
});

/** The service's collections: the truth about assemblers, and the read model of the registry's source paths. */
export const collections: readonly CollectionSpec[] = [
  { name: 'assemblers', published: true, indexes: [unique('name'), unique('host'), listIndex] },
  { name: 'source_paths', indexes: [{ key: { assembler_slug: 1, live: 1 } }] },
];

/** Opens the service's collections. */
export const openCollections = (db: Db) => ({
  assemblers: db.collection<RecordDoc<Assembler>>('assemblers'),
  sourcePaths: db.collection<SourcePathDoc>('source_paths'),
});
