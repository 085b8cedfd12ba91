import { expect, test } from 'vitest';
import { preferenceOf } from './prefer.ts';

test.each([
  ['refs=fresh', 'fresh'],
  ['respond-async, wait=10, refs=fresh', 'fresh'],
  ['REFS = "fresh" ; why="a, b"', 'fresh'],
  ['refs=fresh, refs=stale', 'fresh'],
  ['refs=stale, refs=fresh', 'stale'],
  ['refs', ''],
  ['foo="refs=fresh, refs=fresh", refs=any', 'any'],
  ['foo="a\\", refs=fresh"', undefined],
  ['foo; refs=fresh', undefined],
  ['x-refs=fresh', undefined],
  ['"refs=fresh', undefined],
  [',,;=,', undefined],
  ['', undefined],
  [undefined, undefined],
])('preferenceOf() reads %s', (header, value) => {
  expect(preferenceOf(header, 'refs')).toBe(value);
});

test('preferenceOf() reads the longest header that is let in within 20 ms', () => {
  for (const piece of ['"', '\\', '",', 'a=";', '"\\']) {
    const began = performance.now();
    preferenceOf(piece.repeat(8192 / piece.length), 'refs');
    expect(performance.now() - began).toBeLessThan(20);
  }
});
