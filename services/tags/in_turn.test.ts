import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurn } from './in_turn.ts';

test('inTurn() does the work of one key in order, one at a time, though some of it fails', async () => {
  const queue = inTurn();
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(`${name} begins`);
    await sleep(1);
    seen.push(`${name} ends`);
    if (name === 'a') throw new Error(name);
    return name;
  };
  const [a, b] = [queue('k', work('a')), queue('k', work('b'))];
  await expect(a).rejects.toThrow('a');
  expect(await b).toBe('b');
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('inTurn() does not keep one key waiting for another', async () => {
  const queue = inTurn();
  const stuck = Promise.withResolvers<void>();
  const first = queue('a', () => stuck.promise);
  expect(await queue('b', async () => 'done')).toBe('done');
  stuck.resolve();
  await first;
});

test('inTurn() refuses work whose turn comes too late, and does not do it', async () => {
  let clock = 0;
  const queue = inTurn(10, () => clock);
  const stuck = Promise.withResolvers<void>();
  const first = queue('a', () => stuck.promise);
  let done = false;
  const late = queue('a', async () => {
    done = true;
  });
  await sleep(0);
  clock = 11;
  stuck.resolve();
  await first;
  await expect(late).rejects.toMatchObject({ code: 'unavailable' });
  expect(done).toBe(false);
});
