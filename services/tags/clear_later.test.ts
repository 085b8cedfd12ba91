import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '@muster/runtime';
import { expect, test } from 'vitest';
import { clearLater } from './clear_later.ts';
import type { Announced } from './follow_references.ts';

const log = openLog('tags', 'silent');
const turn: Announced = {
  ...{ kind: 'agent', ref: 'a1', live: false, v: 2, born: 1 },
  ...{ label: null, at: new Date(0) },
};

test('clearLater() tries until it works, and then no more', async () => {
  const answers = [false, new Error('away'), true];
  const asked: Announced[] = [];
  const later = clearLater(
    async (one) => {
      asked.push(one);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? true;
    },
    { log, everyMs: 5 },
  );
  later.add(turn);
  await expect.poll(() => answers.length).toBe(0);
  await sleep(50);
  later.stop();
  expect(asked).toEqual([turn, turn, turn]);
});

test('clearLater() keeps a later turn of the same record that comes while the earlier one is cleared', async () => {
  const cleared: number[] = [];
  const later = clearLater(
    async ({ v }) => {
      if (cleared.length === 0) later.add({ ...turn, v: 4 });
      cleared.push(v);
      return true;
    },
    { log, everyMs: 5 },
  );
  later.add(turn);
  await expect.poll(() => cleared).toEqual([2, 4]);
  later.stop();
});
