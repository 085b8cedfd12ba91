import type { ChangeEvent, Verb } from '@muster/contracts';
import { expect, test } from 'vitest';
import { foldChanges } from './fold_changes.ts';

const event = (key: string, v: number, verb: Verb = 'updated'): ChangeEvent => ({
  id: `${key}${v}`,
  type: 'tag',
  verb,
  key,
  v,
  born: 1,
  at: '',
  traceparent: null,
  state: null,
});

const folded = (...events: ChangeEvent[]) =>
  foldChanges(events).map(({ event: { key, v }, deleted }) => ({ key, v, deleted }));

test('foldChanges() keeps the highest version of each record, whatever the order', () => {
  expect(folded(event('a', 1), event('b', 7), event('a', 3), event('a', 2))).toEqual([
    { key: 'a', v: 3, deleted: false },
    { key: 'b', v: 7, deleted: false },
  ]);
});

test('foldChanges() says that a record was deleted, also when it was made again', () => {
  expect(folded(event('a', 1), event('a', 2, 'deleted'), event('a', 3, 'created'))).toEqual([
    { key: 'a', v: 3, deleted: true },
  ]);
  expect(folded(event('a', 2, 'deleted'), event('a', 1))).toEqual([{ key: 'a', v: 2, deleted: true }]);
});

test('foldChanges() keeps the event that began the present life', () => {
  const [folded] = foldChanges([event('a', 2, 'deleted'), event('a', 3, 'created'), event('a', 4)]);
  expect([folded?.event.v, folded?.turned?.v]).toEqual([4, 3]);
  expect(foldChanges([event('a', 4)])[0]?.turned).toBeUndefined();
});

test('foldChanges() tells records of different types apart', () => {
  expect(foldChanges([event('1', 1), { ...event('1', 2), type: 'job' }])).toHaveLength(2);
});
