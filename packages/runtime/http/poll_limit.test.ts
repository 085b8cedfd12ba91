import { expect, test } from 'vitest';
import { pollLimit } from './poll_limit.ts';

/** How many requests of a client are let through in a row. */
async function letThrough(perMinute: number, client = 'a', most = 1_000): Promise<number> {
  const limit = pollLimit(perMinute);
  for (let count = 0; count < most; count += 1) {
    try {
      await limit(client);
    } catch {
      return count;
    }
  }
  return most;
}

test('pollLimit() lets through as many as it says, exactly where they are few', async () => {
  expect([await letThrough(3), await letThrough(99), await letThrough(500)]).toEqual([3, 99, 500]);
  expect(await letThrough(0)).toBe(1_000);
});

test('pollLimit() tells a refused client when to come again, and counts each by itself', async () => {
  const limit = pollLimit(1);
  await limit('a');
  await expect(limit('a')).rejects.toMatchObject({
    code: 'too_many_requests',
    headers: { 'Retry-After': expect.stringMatching(/^\d+$/) },
  });
  await limit('b');
});
