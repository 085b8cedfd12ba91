import type { SweepDeps } from '../sweep_taggings.ts';
import type { TagsDb } from './collections.ts';
import { knownReferences } from './reference_store.ts';
import { deadTombstones, dropTombstones, storedTaggings, tagsById } from './sweep_store.ts';
import { buryTaggings } from './tagging_store.ts';

const KEPT_MS = 60 * 60 * 1_000;

/** What the sweep does in the database; tombstones of dead incarnations are kept for an hour. */
export const sweepSteps = (db: TagsDb): Omit<SweepDeps, 'forgetState'> => ({
  knownReferences: (references) => knownReferences(db, references),
  storedTaggings: () => storedTaggings(db),
  tagsById: (ids) => tagsById(db, ids),
  buryTaggings: (taggings) =>
    buryTaggings(
      db,
      taggings.map(({ id, v }) => ({ _id: id, v })),
    ),
  deadTombstones: () => deadTombstones(db, new Date(Date.now() - KEPT_MS)),
  dropTombstones: (tombstones) => dropTombstones(db, tombstones),
});
