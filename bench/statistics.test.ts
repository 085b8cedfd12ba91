import { expect, test } from 'vitest';
import { median, percentile, ratioPerRound, spreadOf } from './statistics.ts';

test('median() takes the middle of an odd number and the mean of two of an even one', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, Number.NaN]);
});

test('percentile() is the nearest rank, whatever the order', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect([50, 99, 100, 0].map((percent) => percentile(values, percent))).toEqual([50, 99, 100, 1]);
  expect([percentile([5], 99), percentile([], 50)]).toEqual([5, Number.NaN]);
});

test('ratioPerRound() compares within each round and not across', () => {
  // The second round was twice as slow for both: the ratio stays.
  expect(ratioPerRound([300, 150, 330], [100, 50, 100])).toEqual({ median: 3, min: 3, max: 3.3 });
  expect(ratioPerRound([4, 6], [2]).median).toBe(2);
});

test('spreadOf() of nothing is no number', () => {
  expect(spreadOf([]).median).toBeNaN();
});
