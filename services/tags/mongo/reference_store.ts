import { foldByVersion } from '@muster/runtime';
import { type KnownReference, type Reference, referenceKey } from '../reference.ts';
import type { ReferenceDoc, TagsDb } from './collections.ts';

/** What the read model knows of references, by reference key; what it does not know is not in the map. */
export async function knownReferences(
  { references }: TagsDb,
  wanted: readonly Reference[],
): Promise<ReadonlyMap<string, KnownReference>> {
  const keys = wanted.map(referenceKey);
  const docs =
    keys.length === 1
      ? await references.find({ _id: { $eq: keys[0] as string } }).toArray()
      : await references.find({ _id: { $in: keys } }).toArray();
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/** Takes versions of references into the read model; older ones than it has change nothing. */
export const foldReferences = (
  { references }: TagsDb,
  found: readonly (Reference & KnownReference)[],
): Promise<void> =>
  foldByVersion<ReferenceDoc>(
    references,
    found.map(({ kind, ref, live, v, born, label }) => ({
      _id: referenceKey({ kind, ref }),
      live,
      v,
      born,
      label,
    })),
  );
