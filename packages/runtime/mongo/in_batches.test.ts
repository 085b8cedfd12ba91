import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { type Batching, inBatches } from './in_batches.ts';

/** Batches that end when they are told to. */
function fixture(batching: Batching = { most: 3, underWay: 2 }) {
  const sent: { items: readonly number[]; end: () => void }[] = [];
  const call = inBatches<number, string>(
    (items) =>
      new Promise((resolve) =>
        sent.push({
          items,
          end: () => resolve(items.map((item) => (item < 0 ? new Error('no') : `<${item}>`))),
        }),
      ),
    batching,
  );
  return { call, sent, batches: () => sent.map(({ items }) => items) };
}

test('inBatches() does the calls of one turn together, and no more than it may at once', async () => {
  const { call, batches } = fixture();
  // Each from a callback of its own, as requests of several connections come.
  for (let item = 1; item <= 4; item += 1) setImmediate(() => void call(item));
  await turn();
  await turn();
  expect(batches()).toEqual([[1, 2, 3], [4]]);
});

test('inBatches() gathers what comes while its batches are under way', async () => {
  const { call, sent, batches } = fixture();
  const results: Promise<string>[] = [];
  for (let item = 1; item <= 5; item += 1) {
    results.push(call(item));
    await turn();
  }
  expect(batches()).toEqual([[1], [2]]);
  sent[1]?.end();
  await turn();
  expect(batches()).toEqual([[1], [2], [3, 4, 5]]);
  for (const { end } of sent) end();
  expect(await Promise.all(results)).toEqual(['<1>', '<2>', '<3>', '<4>', '<5>']);
});

test('inBatches() begins its batches apart where it is told to, and the first at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const { call, sent, batches } = fixture({ most: 3, underWay: 2, apartMs: 50 });
    for (let item = 1; item <= 3; item += 1) {
      void call(item);
      await turn();
    }
    expect(batches()).toEqual([[1]]);
    vi.advanceTimersByTime(49);
    await turn();
    expect(batches()).toEqual([[1]]);
    vi.advanceTimersByTime(1);
    await turn();
    expect(batches()).toEqual([[1], [2, 3]]);
    sent[0]?.end();
    vi.advanceTimersByTime(50);
    void call(4);
    await turn();
    expect(batches()).toEqual([[1], [2, 3], [4]]);
  } finally {
    vi.useRealTimers();
  }
});

test('inBatches() refuses the one call that is an error, and goes on after a batch that failed', async () => {
  const { call, sent } = fixture();
  const settled = Promise.allSettled([call(1), call(-2), call(3)]);
  await turn();
  sent[0]?.end();
  expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);

  let fails = true;
  const weak = inBatches<number, number>(
    async (items) => {
      if (fails) throw new Error('away');
      return items;
    },
    { most: 1, underWay: 1 },
  );
  const both = await Promise.allSettled([weak(1), weak(2)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await weak(3)).toBe(3);
});
