import type { DigestedRecord, ReferenceKind } from '@muster/contracts';
import { bucketOf, openDigest } from '@muster/runtime';
import type { Side } from '../compare_references.ts';
import type { TagsDb } from './collections.ts';

const BATCH = 1_000;

/** The read model as one side of a comparison; its rows are digested as they are stored, spoilt ones too. */
export const referenceSide = (db: TagsDb): Side => ({
  async digest(kind) {
    const digest = openDigest();
    let count = 0;
    for await (const batch of scanReferences(db, kind)) {
      for (const row of batch) digest.add(row);
      count += batch.length;
    }
    return { digests: digest.text(), count };
  },
  async *list(kind, buckets) {
    const wanted = new Set(buckets);
    for await (const batch of scanReferences(db, kind))
      yield batch.filter(({ id }) => wanted.has(bucketOf(id)));
  },
});

async function* scanReferences(
  { references }: TagsDb,
  kind: ReferenceKind,
): AsyncGenerator<DigestedRecord[]> {
  const prefix = `${kind}:`;
  // `;` is the character behind `:`.
  const cursor = references.find({ _id: { $gte: prefix, $lt: `${kind};` } }).batchSize(BATCH);
  try {
    while (await cursor.hasNext()) {
      const rows = cursor.readBufferedDocuments();
      yield rows.map(({ _id, live, v, born, label }) => ({
        id: _id.slice(prefix.length),
        live,
        v,
        born,
        label,
      }));
    }
  } finally {
    await cursor.close();
  }
}
