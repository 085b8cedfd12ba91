import { expect, test } from 'vitest';
import { openRetryBudget } from './retry_budget.ts';

function fixture() {
  const clock = { ms: 0 };
  const budget = openRetryBudget(() => clock.ms);
  const takeAll = () => {
    let taken = 0;
    while (budget.take()) taken += 1;
    return taken;
  };
  return { clock, budget, takeAll };
}

test('a budget allows a few retries a second without any requests', () => {
  const { clock, takeAll } = fixture();
  expect(takeAll()).toBe(5);
  expect(takeAll()).toBe(0);
  clock.ms = 400;
  expect(takeAll()).toBe(2);
});

test('a budget allows a tenth of the requests, and saves up no more than 100', () => {
  const { budget, takeAll } = fixture();
  takeAll();
  for (let i = 0; i < 301; i++) budget.requested();
  expect(takeAll()).toBe(30);
  for (let i = 0; i < 100_000; i++) budget.requested();
  expect(takeAll()).toBe(100);
});
