import { expect, test } from 'vitest';
import { awaitAge } from './await_age.ts';

test('awaitAge() waits until what was acknowledged before is there, and no longer', async () => {
  const began = Date.now();
  const asOf = () => (Date.now() - began < 60 ? began - 1 : Date.now());
  expect(await awaitAge(asOf, { withinMs: 2_000, eachMs: 5 })).toBe(true);
  expect(Date.now() - began).toBeGreaterThanOrEqual(60);
});

test('awaitAge() gives up when it does not come', async () => {
  expect(await awaitAge(() => 0, { withinMs: 30, eachMs: 5 })).toBe(false);
});
