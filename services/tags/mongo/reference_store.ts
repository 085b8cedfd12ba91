import { foldByVersion } from '@muster/runtime';
import { type KnownReference, type Reference, referenceKey } from '../reference.ts';
import type { ReferenceDoc, TagsDb } from './collections.ts';

/** More of them at once are read by an operation of their own. */
const FEW = 20;

/** What the read model knows of references, by reference key; what it does not know is not in the map. */
export async function knownReferences(
  { references, referenceOf }: TagsDb,
  wanted: readonly Reference[],
): Promise<ReadonlyMap<string, KnownReference>> {
  const keys = wanted.map(referenceKey);
  const docs =
    keys.length <= FEW
      ? await Promise.all(keys.map(referenceOf))
      : await references.find({ _id: { $in: keys } }).toArray();
  return new Map(docs.flatMap((doc) => (doc === undefined ? [] : [[doc._id, doc]])));
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
