import type { Collection } from 'mongodb';
import { type Change, type HeldDoc, type RecordDoc, stamp } from './record.ts';
import { type Aim, filterOf, sessionOf, whyRefused } from './refusal.ts';

/** What became of a deletion: `before` is the record as it was, `v` the version of its tombstone. */
export type Burial<S, K extends string | number> =
  | { readonly outcome: 'buried'; readonly before: HeldDoc<S, K>; readonly v: number }
  | { readonly outcome: 'conflict' | 'refused'; readonly doc: HeldDoc<S, K> }
  | { readonly outcome: 'missing' };

/**
 * Turns a living record into a tombstone in one atomic step. The tombstone is kept, so that a record made again under the
 * same id goes on from its version.
 */
export async function buryRecord<S extends object, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  input: Aim<S, K> & { readonly change: Change },
): Promise<Burial<S, K>> {
  const update = {
    $set: { live: false, last: stamp(input.change, []) },
    $unset: { state: '' },
    $inc: { v: 1 },
  } as object;
  for (;;) {
    const options = { returnDocument: 'before', ...sessionOf(input) } as const;
    const found = await collection.findOneAndUpdate(filterOf(input), update, options);
    if (found !== null) {
      const before = found as unknown as HeldDoc<S, K>;
      return { outcome: 'buried', before, v: before.v + 1 };
    }
    const refusal = await whyRefused(collection, input);
    if (refusal.outcome !== 'free') return refusal as Burial<S, K>;
  }
}
