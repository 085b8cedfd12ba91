import { type KnownReference, type Reference, referenceKey } from '../reference.ts';
import type { TagsDb } from './collections.ts';

/** A row only while it is exactly as it was seen. */
const asSeen = (reference: Reference, { live, v, born, label }: KnownReference) => ({
  _id: referenceKey(reference),
  live: { $eq: live },
  v: { $eq: v },
  born: { $eq: born },
  label: { $eq: label },
});

/** Replaces a row that is still as it was seen, also by a lower version; false when it is not. */
export async function replaceRow(
  { references }: TagsDb,
  reference: Reference,
  { seen, truth }: { seen: KnownReference; truth: KnownReference },
): Promise<boolean> {
  const { live, v, born, label } = truth;
  const { matchedCount } = await references.updateOne(asSeen(reference, seen), {
    $set: { live, v, born, label },
  });
  return matchedCount === 1;
}

/** Removes a row that is still as it was seen; false when it is not. */
export async function removeRow(
  { references }: TagsDb,
  reference: Reference,
  seen: KnownReference,
): Promise<boolean> {
  return (await references.deleteOne(asSeen(reference, seen))).deletedCount === 1;
}
