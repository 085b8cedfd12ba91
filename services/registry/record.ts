import type { Burial, Change, HeldDoc, Insertion } from '@muster/runtime';

/** The kinds of record that the registry owns. */
export type Kind = 'agent' | 'job' | 'source_path';

/** Finds a living record. */
export type Find<S, K extends string | number> = (id: K) => Promise<HeldDoc<S, K> | undefined>;

/** Makes a record, or finds a living one under its id. One atomic step. */
export type Insert<S, K extends string | number> = (input: {
  readonly id: K;
  readonly state: S;
  readonly change: Change;
}) => Promise<Insertion<S, K>>;

/** Deletes a living record, if it has one of `revisions` where they are given. One atomic step. */
export type Bury<S, K extends string | number> = (input: {
  readonly id: K;
  readonly revisions: readonly number[] | undefined;
  readonly change: Change;
}) => Promise<Burial<S, K>>;

/** The canonical form of a UUID in any case, with or without dashes; undefined for any other text. */
export function canonicalId(text: string): string | undefined {
  const parts = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i.exec(text);
  return parts?.slice(1).join('-').toLowerCase();
}
