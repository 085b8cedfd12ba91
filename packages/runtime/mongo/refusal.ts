import type { ClientSession, Collection, Filter } from 'mongodb';
import type { LiveDoc, RecordDoc } from './record.ts';

/** Which record a write aims at, and what must hold for it to be done. */
export type Aim<S, K extends string | number> = {
  readonly id: K;
  /** The version that the client saw (`If-Match`). */
  readonly v?: number;
  /** What else must hold of the document. */
  readonly guard?: Filter<RecordDoc<S, K>>;
  readonly session?: ClientSession;
};

/** Why a write found nothing to do; `free`: nothing stood in its way by the time this was asked. */
export type Refusal<S, K extends string | number> =
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'conflict' | 'refused' | 'free'; readonly doc: LiveDoc<S, K> };

/** The filter of a write: the living record, at the expected version, for which the guard and `also` hold. */
export function filterOf<S, K extends string | number>(
  aim: Aim<S, K>,
  also?: object,
): Filter<RecordDoc<S, K>> {
  const parts: object[] = [{ _id: aim.id, live: true }];
  if (aim.v !== undefined) parts.push({ v: aim.v });
  if (aim.guard !== undefined) parts.push(aim.guard);
  if (also !== undefined) parts.push(also);
  return (parts.length === 1 ? parts[0] : { $and: parts }) as Filter<RecordDoc<S, K>>;
}

/** Finds out why a write with that filter matched nothing: no living record, another version, or the guard. */
export async function whyRefused<S, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
  aim: Aim<S, K>,
): Promise<Refusal<S, K>> {
  const options = sessionOf(aim);
  const found = await collection.findOne({ _id: aim.id } as Filter<RecordDoc<S, K>>, options);
  if (!found?.live) return { outcome: 'missing' };
  const doc = found as LiveDoc<S, K>;
  if (aim.v !== undefined && doc.v !== aim.v) return { outcome: 'conflict', doc };
  if (aim.guard === undefined) return { outcome: 'free', doc };
  const held = await collection.findOne(filterOf(aim), { ...options, projection: { _id: 1 } });
  return { outcome: held === null ? 'refused' : 'free', doc };
}

/** The driver's option for a write that is part of a transaction. */
export const sessionOf = ({ session }: { readonly session?: ClientSession }) =>
  session === undefined ? {} : { session };
