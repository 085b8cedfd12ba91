import { expect, test } from 'vitest';
import { type Growth, problemsOf, ratiosOf } from './growth.ts';
import type { IndexCost } from './measure_index.ts';
import type { ManyCost } from './measure_many.ts';

const cost = (p50: number, wrong: readonly string[] = []) => ({ p50, p95: p50, count: 1, wrong });
const index = (tags: number, totalMs: number, memoryPeak: number): IndexCost => ({
  ...{ tags, taggings: 10 * tags, bytes: 1, reads: 1, firstByteMs: 1, totalMs, memoryBefore: 1, memoryPeak },
  ...{ isDisturbed: false, wrong: [] },
});
const many = (tags: number, totalMs: number, memoryPeak: number): ManyCost => ({
  taggings: 10 * tags,
  tags,
  costs: { attach: cost(1), detach: cost(1), get: cost(1), tagsOf: cost(1) },
  index: index(tags, totalMs, memoryPeak),
  withoutIndex: undefined,
});
const growth: Growth = {
  at: '',
  machine: { cores: 2, node: '', load: 0 },
  many: [many(100, 10, 1), many(1_000, 50, 100), many(10_000, 600, 110)],
  large: {
    tags: [
      { agents: 10, costs: { attach: cost(2), detach: cost(1), get: cost(1) } },
      { agents: 100_000, costs: { attach: cost(4), detach: cost(1), get: cost(1) } },
    ],
    index: index(3, 1, 1),
  },
};

test('ratiosOf() compares the largest with the smallest tag, and the index from 1,000 tags on', () => {
  const { attach, indexTime, indexMemory } = ratiosOf(growth);
  expect(attach).toBeCloseTo(0.5);
  expect(indexTime).toBeCloseTo(1.2);
  expect(indexMemory).toBeCloseTo(1.1);
});

test('problemsOf() names wrong answers and plans without an index', () => {
  expect(problemsOf(growth)).toEqual([]);
  const [first, ...others] = growth.many;
  const bad: ManyCost = {
    ...first!,
    costs: { ...first!.costs, get: cost(1, ['503', '503']) },
    withoutIndex: ['tagsOf: COLLSCAN'],
  };
  expect(problemsOf({ ...growth, many: [bad, ...others] })).toEqual([
    'get: 2 wrong answers, the first: 503',
    'no index: tagsOf: COLLSCAN',
  ]);
});
