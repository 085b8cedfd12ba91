import type { DigestedRecord } from '@muster/contracts';
import type { Collection, Filter } from 'mongodb';
import type { RecordDoc } from './record.ts';

const BATCH = 1_000;

/** Where a scan begins, behind that id, and which field of the state it shows. */
export type ScanFrom<K> = { readonly after: K | undefined; readonly label: string };

/** Goes over all records by id, destroyed ones included, as digests see them; a batch at a time, so that they never stand in memory. */
export async function* scanRecords<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  { after, label }: ScanFrom<K>,
): AsyncGenerator<DigestedRecord[]> {
  const cursor = collection
    .find((after === undefined ? {} : { _id: { $gt: after } }) as Filter<RecordDoc<S, K>>)
    .project<RecordDoc<Record<string, unknown>, K>>({ live: 1, v: 1, born: 1, [`state.${label}`]: 1 })
    .sort({ _id: 1 })
    .batchSize(BATCH);
  try {
    while (await cursor.hasNext()) {
      yield cursor.readBufferedDocuments().map(({ _id, live, v, born, state }) => {
        const shown = state?.[label];
        return { id: String(_id), live, v, born, label: typeof shown === 'string' ? shown : null };
      });
    }
  } finally {
    await cursor.close();
  }
}
