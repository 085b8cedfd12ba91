import { expect, test } from 'vitest';
import { isWrong } from './difference.ts';
import type { KnownReference } from './reference.ts';

const at = (v: number, more: Partial<KnownReference> = {}): KnownReference => ({
  live: true,
  v,
  born: 1,
  label: `h${v}`,
  ...more,
});
type Told = KnownReference | undefined;

test.each<[string, Told, Told, Told]>([
  ['the same', at(3), at(3), at(3)],
  ['unknown to both', undefined, undefined, undefined],
  ['as it was before', at(3), at(3), at(5)],
  ['as it is after', at(5), at(3), at(5)],
  ['a version in between', at(4), at(3), at(5)],
  ['new meanwhile', at(1), undefined, at(1)],
  ['not there yet', undefined, undefined, at(1)],
])('isWrong() finds nothing wrong with a row that is %s', (_, row, before, after) => {
  expect(isWrong(row, { before, after })).toBe(false);
});

test.each<[string, Told, Told, Told]>([
  ['missing', undefined, at(3), at(3)],
  ['invented', at(3), undefined, undefined],
  ['older than what was told', at(2), at(3), at(5)],
  ['newer than what there is', at(6), at(3), at(5)],
  ['another at the same version', at(3, { label: 'x' }), at(3), at(3)],
  ['another at the same version, of a record that moves', at(3, { live: false }), at(3), at(5)],
  ['another at the newest version', at(5, { born: 5 }), at(3), at(5)],
  ['no version at all', { ...at(3), v: 'x' as never }, at(3), at(5)],
])('isWrong() sees a row that is %s', (_, row, before, after) => {
  expect(isWrong(row, { before, after })).toBe(true);
});
