import { type KnownReference, type Reference, referenceKey } from '../reference.ts';
import type { TagsDb } from './collections.ts';
import { forgetViewsOf } from './reference_store.ts';

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
  db: TagsDb,
  reference: Reference,
  { seen, truth }: { seen: KnownReference; truth: KnownReference },
): Promise<boolean> {
  const { live, v, born, label } = truth;
  const { matchedCount } = await db.references.updateOne(asSeen(reference, seen), {
    $set: { live, v, born, label },
  });
  await forgetViewsOf(db, [reference]);
  return matchedCount === 1;
}

/** Removes a row that is still as it was seen; false when it is not. */
export async function removeRow(db: TagsDb, reference: Reference, seen: KnownReference): Promise<boolean> {
  const { deletedCount } = await db.references.deleteOne(asSeen(reference, seen));
  await forgetViewsOf(db, [reference]);
  return deletedCount === 1;
}
