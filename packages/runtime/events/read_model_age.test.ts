import { expect, test } from 'vitest';
import { openAge } from './read_model_age.ts';

const beat = (at: number, seq: number) => ({ at, seq, id: `e${seq}` });

test('openAge() believes a heartbeat once the read model has what was in the log after it came', () => {
  const age = openAge(['registry']);
  expect(age.heard('registry', beat(1000, 5))).toBe(true);
  expect(age.waits()).toBe(false);
  age.borneOut('registry', beat(1000, 5), 10);
  age.caughtUp(9);
  expect([age.asOf(), age.waits()]).toEqual([0, true]);
  // The server may not yet have counted what it has just shown.
  age.caughtUp(11);
  expect(age.asOf()).toBe(0);
  age.caughtUp(60);
  expect([age.asOf(), age.seq(), age.waits()]).toEqual([1000, 5, false]);
});

test('openAge() believes further heartbeats of the same place at once, and of another place not', () => {
  const age = openAge(['registry']);
  age.borneOut('registry', beat(1000, 5), 10);
  age.caughtUp(100);
  expect(age.heard('registry', beat(1250, 5))).toBe(false);
  expect(age.asOf()).toBe(1250);
  expect(age.heard('registry', { ...beat(1500, 5), id: 'other' })).toBe(true);
  expect(age.heard('registry', beat(1500, 6))).toBe(true);
  expect(age.asOf()).toBe(1250);
});

test('openAge() is as old as the owner of whom it knows least, and tells of each', () => {
  const age = openAge(['registry', 'assemblers']);
  age.heard('assemblers', { at: 3000, seq: 0, id: '' });
  expect([age.asOf(), age.asOf('assemblers'), age.asOf('registry')]).toEqual([0, 3000, 0]);
  age.heard('registry', { at: 2000, seq: 0, id: '' });
  expect(age.asOf()).toBe(2000);
  expect(age.heard('tags', beat(1, 1))).toBe(false);
});

test('openAge() never grows older again, and proves nothing by a connection that was lost', () => {
  const age = openAge(['registry']);
  age.heard('registry', { at: 2000, seq: 0, id: '' });
  age.heard('registry', { at: 1000, seq: 0, id: '' });
  expect(age.asOf()).toBe(2000);
  age.borneOut('registry', beat(3000, 7), 10);
  age.forgetUnproven();
  age.caughtUp(100);
  expect(age.asOf()).toBe(2000);
});

test('openAge() still learns how old it is when it is very far behind', () => {
  const age = openAge(['registry']);
  for (let at = 1; at <= 1000; at += 1) age.borneOut('registry', beat(at, at), at * 250);
  age.caughtUp(300);
  expect(age.asOf()).toBe(1);
  age.caughtUp(20_000);
  expect(age.asOf()).toBe(79);
  age.caughtUp(1_000_000);
  expect(age.asOf()).toBe(1000);
});
