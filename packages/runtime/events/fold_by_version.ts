import { type AnyBulkWriteOperation, type Collection, type Document, MongoBulkWriteError } from 'mongodb';

/** What a read model keeps of one version of a record. */
export type VersionedDoc = Document & { readonly _id: string | number; readonly v: number };

/**
 * Takes versions of records into a read model: each replaces the fields of an older version and changes nothing where the
 * same or a newer one is kept already. So events may come twice and out of order.
 */
export async function foldByVersion<D extends VersionedDoc>(
  collection: Collection<D>,
  docs: readonly D[],
): Promise<void> {
  if (docs.length === 0) return;
  try {
    await collection.bulkWrite(docs.map(takeIn), { ordered: false });
  } catch (error) {
    // It ran into the record itself: that has this or a newer version, or another instance made an older one just now.
    // Only an update can tell.
    await foldKnown(
      collection,
      takenIds(error).map((index) => docs[index]!),
    );
  }
}

/** The same for records that the read model has already, in some version. */
export async function foldKnown<D extends VersionedDoc>(
  collection: Collection<D>,
  docs: readonly D[],
): Promise<void> {
  if (docs.length === 0) return;
  await collection.bulkWrite(
    docs.map((doc) => foldOne(doc, false)),
    { ordered: false },
  );
}

/** A first version is hardly ever there already, and to insert it costs MongoDB a fraction of an upsert. */
const takeIn = <D extends VersionedDoc>(doc: D): AnyBulkWriteOperation<D> =>
  doc.v === 1 ? { insertOne: { document: doc as never } } : foldOne(doc, true);

const foldOne = <D extends VersionedDoc>(
  { _id, v, ...fields }: D,
  upsert: boolean,
): AnyBulkWriteOperation<D> => ({
  updateOne: { filter: { _id, ...guardByVersion(v) }, update: { $set: { v, ...fields } }, upsert } as never,
});

/** What keeps an older version from replacing a newer one. */
export const guardByVersion = (v: number): object => ({ v: { $lt: v } });

/** The places in the bulk whose upsert found the `_id` taken; throws the error again when anything else went wrong. */
function takenIds(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  const isTaken = ({ code, errmsg }: { code: number; errmsg?: string | undefined }) =>
    code === 11000 && (errmsg?.includes(' index: _id_ ') ?? false);
  if (errors.length === 0 || !errors.every(isTaken)) throw error;
  return errors.map(({ index }) => index);
}
