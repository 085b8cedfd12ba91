import { expect, test } from 'vitest';
import { openLru } from './lru.ts';

test('openLru() keeps the entries used last', () => {
  const lru = openLru<number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  lru.get('a');
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3]);
  lru.delete('a');
  expect(lru.get('a')).toBeUndefined();
});
