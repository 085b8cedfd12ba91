import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openLanes, type Reach } from './in_order.ts';

const place = (at: number) => ({ token: `t${at}`, at });

/** Lanes whose work ends when the test says so. */
function openControlled(limit = 10) {
  const begun: string[] = [];
  const errors: unknown[] = [];
  const ends = new Map<string, { resolve: (reach: Reach) => void; reject: (error: Error) => void }>();
  const lanes = openLanes<string>({
    limit,
    start: { token: 't0', at: 0, seq: 5, id: 'e5' },
    onError: (error) => errors.push(error),
    work: (item) => {
      begun.push(item);
      return new Promise((resolve, reject) => ends.set(item, { resolve, reject }));
    },
  });
  const end = async (item: string, seq: number) => {
    ends.get(item)?.resolve({ seq, id: `e${seq}` });
    await setImmediate();
  };
  const fail = async (item: string) => {
    ends.get(item)?.reject(new Error(item));
    await setImmediate();
  };
  return { lanes, begun, errors, end, fail };
}

test('openLanes() works one after another in a lane and at once over lanes', async () => {
  const { lanes, begun, end } = openControlled();
  await lanes.push('a', 'a1', place(1));
  await lanes.push('a', 'a2', place(2));
  await lanes.push('b', 'b1', place(3));
  expect(begun).toEqual(['a1', 'b1']);
  await end('a1', 6);
  expect(begun).toEqual(['a1', 'b1', 'a2']);
  expect(lanes.underWay()).toBe(2);
});

test('openLanes() has its position where everything before is done', async () => {
  const { lanes, end } = openControlled();
  await lanes.push('a', 'a1', place(1));
  await lanes.push('b', 'b1', place(2));
  await end('b1', 7);
  expect(lanes.position()).toEqual({ ...place(0), seq: 5, id: 'e5' });
  lanes.pass(place(9));
  expect(lanes.position().token).toBe('t0');
  await end('a1', 6);
  expect(lanes.position()).toEqual({ ...place(2), seq: 7, id: 'e7' });
  lanes.pass(place(9));
  expect(lanes.position()).toEqual({ ...place(9), seq: 7, id: 'e7' });
});

test('openLanes() begins nothing after a failure and goes no further', async () => {
  const { lanes, begun, errors, end, fail } = openControlled();
  await lanes.push('a', 'a1', place(1));
  await lanes.push('a', 'a2', place(2));
  await lanes.push('b', 'b1', place(3));
  await fail('a1');
  await end('b1', 8);
  await lanes.idle();
  expect(begun).toEqual(['a1', 'b1']);
  expect(errors).toHaveLength(1);
  expect(lanes.position().token).toBe('t0');
});

test('openLanes() takes no more in than its limit', async () => {
  const { lanes, end } = openControlled(2);
  await lanes.push('a', 'a1', place(1));
  await lanes.push('b', 'b1', place(2));
  let isIn = false;
  const third = lanes.push('c', 'c1', place(3)).then(() => {
    isIn = true;
  });
  await setImmediate();
  expect(isIn).toBe(false);
  await end('a1', 6);
  await third;
  expect(isIn).toBe(true);
});

test('openLanes() takes what the log was found to have into its position, and never goes back', () => {
  const { lanes } = openControlled();
  lanes.reached({ seq: 9, id: 'e9' });
  lanes.reached({ seq: 7, id: 'e7' });
  expect(lanes.position()).toEqual({ ...place(0), seq: 9, id: 'e9' });
});
