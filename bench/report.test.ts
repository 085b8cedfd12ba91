import { expect, test } from 'vitest';
import { goalLines, judgeLimit, judgeRatio, rawOf, table } from './report.ts';
import type { Turn } from './rounds.ts';

const line = { goal: 'P1', what: 'w', figures: 'f' } as const;
const turn: Turn = { rate: 1, p50: 2, p99: 3, ownCpu: 4, belowCpu: 5, memory: 6, settledMs: 0 };

test('judgeRatio() judges the median, and its bound holds when it is met exactly', () => {
  const ratio = { median: 3, min: 2, max: 4 };
  expect(judgeRatio(line, ratio, { atLeast: 3 })).toMatchObject({
    result: '3.00 × (2.00..4.00)',
    bound: '≥ 3.00 ×',
    holds: true,
  });
  expect(judgeRatio(line, ratio, { atLeast: 3.01 }).holds).toBe(false);
  expect(judgeRatio(line, ratio, { atMost: 3 }).holds).toBe(true);
  expect(judgeRatio(line, ratio, { atMost: 2.9 }).holds).toBe(false);
});

test('what was not measured holds no bound', () => {
  const none = { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  expect(judgeRatio(line, none, { atLeast: 1 }).holds).toBe(false);
  expect(judgeRatio(line, none, { atMost: 1 }).holds).toBe(false);
  expect(judgeLimit(line, Number.NaN, { limit: 1, unit: 'ms' }).holds).toBe(false);
});

test('judgeLimit() holds up to its limit', () => {
  expect(judgeLimit(line, 90, { limit: 90, unit: 'MB' })).toMatchObject({
    result: '90.0 MB',
    bound: '≤ 90 MB',
    holds: true,
  });
  expect(judgeLimit(line, 90.1, { limit: 90, unit: 'MB' }).holds).toBe(false);
});

test('rawOf() takes the median of each figure by itself', () => {
  const turns = [turn, { ...turn, rate: 9, p99: 1 }, { ...turn, rate: 5, p99: 2 }];
  expect(rawOf('g', new Map([['a', turns]]))).toEqual([
    { ...turn, group: 'g', contender: 'a', rate: 5, p99: 2 },
  ]);
});

test('goalLines() stand by number, and name what is missed', () => {
  const judged = [
    judgeLimit({ ...line, goal: 'P10' }, 2, { limit: 1, unit: 'ms' }),
    judgeLimit({ ...line, goal: 'P9' }, 1, { limit: 1, unit: 'ms' }),
  ];
  expect(
    goalLines(judged)
      .slice(2)
      .map((one) => one.split(/ {2,}/).toSpliced(1, 4)),
  ).toEqual([
    ['P9', 'holds'],
    ['P10', 'missed'],
  ]);
});

test('table() puts numbers right and words left', () => {
  expect(
    table(
      ['name', 'n'],
      [
        ['a', '10'],
        ['bcdef', '9'],
      ],
    ),
  ).toEqual(['name    n', '-----  --', 'a      10', 'bcdef   9']);
});
