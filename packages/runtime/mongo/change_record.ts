import { isDeepStrictEqual } from 'node:util';
import type { Collection } from 'mongodb';
import { type Change, type HeldDoc, type RecordDoc, stamp } from './record.ts';
import { type Aim, filterOf, sessionOf, whyRefused } from './refusal.ts';

/**
 * What became of a change: `unchanged` when the record already was so (nothing was written), `missing` when no such record
 * lives, `conflict` when it has another version than the expected one, `refused` when the guard did not hold.
 */
export type Changed<S, K extends string | number> =
  | { readonly outcome: 'changed' | 'unchanged' | 'conflict' | 'refused'; readonly doc: HeldDoc<S, K> }
  | { readonly outcome: 'missing' };

/**
 * Changes a living record in one atomic step and gives it back as it then is. That something changes at all is part of the
 * write's filter, so a patch that changes nothing makes no version and no event.
 *
 * @throws the driver's duplicate key error when a unique index refuses the new state, see `duplicateKey`.
 */
export async function changeRecord<S extends object, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  input: Aim<S, K> & { readonly patch: Partial<S>; readonly change: Change },
): Promise<Changed<S, K>> {
  const fields = Object.entries(input.patch).filter(([, value]) => value !== undefined);
  const differs = { $or: fields.map(([name, value]) => ({ [`state.${name}`]: { $ne: value } })) };
  const last = stamp(
    input.change,
    fields.map(([name]) => name),
  );
  const set = { ...Object.fromEntries(fields.map(([name, value]) => [`state.${name}`, value])), last };
  for (;;) {
    if (fields.length > 0) {
      const update = { $set: set, $inc: { v: 1 } } as object;
      const options = { returnDocument: 'after', ...sessionOf(input) } as const;
      const doc = await collection.findOneAndUpdate(filterOf(input, differs), update, options);
      if (doc !== null) return { outcome: 'changed', doc: doc as unknown as HeldDoc<S, K> };
    }
    const refusal = await whyRefused(collection, input);
    if (refusal.outcome !== 'free') return refusal as Changed<S, K>;
    if (isAlready(refusal.doc.state, fields)) return { outcome: 'unchanged', doc: refusal.doc };
    // Someone changed the record between the write and the look: it differs again, so write again.
  }
}

/** As MongoDB compares: a field that is absent equals null. */
const isAlready = (state: object, fields: readonly [string, unknown][]): boolean =>
  fields.every(([name, value]) => isDeepStrictEqual((state as Record<string, unknown>)[name] ?? null, value));
