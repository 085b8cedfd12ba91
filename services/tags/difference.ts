import type { KnownReference } from './reference.ts';

/** A record of which its owner and the read model tell different things; null where one of them does not know it. */
export type Difference = {
  readonly id: string;
  readonly owner: KnownReference | null;
  readonly read_model: KnownReference | null;
};

/** What is known of a record, undefined for nothing. */
type Told = KnownReference | undefined;

/** Whether two tell the same of a record. */
export const isSame = (one: Told, other: Told): boolean =>
  one === undefined || other === undefined
    ? one === other
    : one.live === other.live && one.v === other.v && one.born === other.born && one.label === other.label;

const versionOf = (told: Told): number => told?.v ?? 0;

/**
 * Whether a row of the read model is wrong. The owner was asked before and after the row was read, and the read model had taken all
 * that the owner had told by the first time. So the row must be what the owner told then or later, and where the record moved on
 * by more than one version between the two, one of those in between.
 */
export function isWrong(row: Told, owner: { readonly before: Told; readonly after: Told }): boolean {
  const { before, after } = owner;
  if (isSame(row, before) || isSame(row, after)) return false;
  return !(versionOf(before) < versionOf(row) && versionOf(row) < versionOf(after));
}
