import { expect, test } from 'vitest';
import { problemsOf } from './rounds.ts';

const load = {
  ...{ seconds: 1, right: 9, wrong: 0, first_wrong: '', counter: 9 },
  ...{ broken: 0, late: 0, p50: 1, p99: 2, acknowledged: [] },
};

test('problemsOf() finds nothing wrong with right answers only', () => {
  expect(problemsOf(load)).toEqual([]);
});

test('problemsOf() tells wrong answers, broken connections, silence and nothing at all', () => {
  expect(problemsOf({ ...load, wrong: 2, first_wrong: '500 no', broken: 1, late: 3 })).toEqual([
    '2 wrong answers, the first: 500 no',
    '1 connections broke',
    '3 requests had no answer within 10 s',
  ]);
  expect(problemsOf({ ...load, right: 0 })).toEqual(['no right answer at all']);
});
