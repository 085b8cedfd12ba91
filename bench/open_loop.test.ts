import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sendAtRate } from './open_loop.ts';

/** A clock that only waiting moves. */
function clock() {
  let time = 0;
  const deps = {
    now: () => time,
    sleep: async (ms: number) => {
      await setImmediate();
      time += ms;
    },
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { deps, pass };
}

test('sendAtRate() sends each when it is due', async () => {
  const { deps } = clock();
  const at: number[] = [];
  const { latencies } = await sendAtRate(
    { perSecond: 100, seconds: 0.05 },
    async () => void at.push(deps.now()),
    deps,
  );
  expect(at).toEqual([0, 10, 20, 30, 40]);
  expect(latencies).toEqual([0, 0, 0, 0, 0]);
});

test('sendAtRate() counts what a stall held up from when it was due', async () => {
  const { deps, pass } = clock();
  const send = async (nth: number) => {
    if (nth === 0) pass(25);
  };
  const { latencies } = await sendAtRate({ perSecond: 100, seconds: 0.04 }, send, deps);
  expect(latencies.toSorted((a, b) => b - a)).toEqual([25, 15, 5, 0]);
});

test('sendAtRate() tells what failed and goes on', async () => {
  const { deps } = clock();
  const send = async (nth: number) => {
    if (nth % 2 === 0) throw new Error(`no ${nth}`);
  };
  const { latencies, problems } = await sendAtRate({ perSecond: 10, seconds: 0.4 }, send, deps);
  expect([latencies.length, problems]).toEqual([2, ['no 0', 'no 2']]);
});
