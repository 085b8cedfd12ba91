import { expect, test } from 'vitest';
import { planLarge, planMany, taggingsOf } from './plan.ts';

test.each([1_000, 10_000])('planMany(%i) gives each tag ten agents and each agent ten tags', (taggings) => {
  const plan = planMany(taggings);
  const tagsOf = new Map<number, number>();
  for (const tag of plan.sizes.keys()) {
    const agents = [...plan.agentsOf(tag)];
    expect(new Set(agents).size).toBe(10);
    for (const agent of agents) tagsOf.set(agent, (tagsOf.get(agent) ?? 0) + 1);
  }
  expect(taggingsOf(plan)).toBe(taggings);
  expect(tagsOf.size).toBe(plan.agents);
  expect(new Set(tagsOf.values())).toEqual(new Set([10]));
});

test('planLarge() puts one tag of each size behind the ordinary ones', () => {
  const plan = planLarge(1_000, [10, 250]);
  expect(plan.sizes.slice(-2)).toEqual([10, 250]);
  expect(new Set(plan.agentsOf(101)).size).toBe(250);
  expect(plan.agents).toBe(250);
  expect(taggingsOf(plan)).toBe(1_260);
});
