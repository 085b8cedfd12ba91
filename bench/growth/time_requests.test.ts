import { expect, test } from 'vitest';
import { quantile, timeRequests } from './time_requests.ts';

test('quantile() is the value that so large a share does not exceed', () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.8, 0.95, 1].map((part) => quantile(values, part))).toEqual([1, 3, 4, 5, 5]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('timeRequests() lets kinds take turns, counts right answers only and keeps what was wrong', async () => {
  const done: string[] = [];
  const { a, b } = await timeRequests(
    {
      a: async (turn) => void done.push(`a${turn}`),
      b: async (turn) => {
        done.push(`b${turn}`);
        if (turn === 2) throw new Error('503');
      },
    },
    { warm: 1, counted: 2 },
  );
  expect(done).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  expect(a).toMatchObject({ count: 2, wrong: [] });
  expect(b).toMatchObject({ count: 1, wrong: ['503'] });
});
