import { expect, test } from 'vitest';
import { openBreaker } from './breaker.ts';

function fixture() {
  const clock = { ms: 0 };
  const breaker = openBreaker({ failures: 3, pauseMs: 100, maxPauseMs: 300 }, () => clock.ms);
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) breaker.failed();
  };
  return { clock, breaker, fail };
}

test('a breaker opens after failures in a row, not after as many in all', () => {
  const { breaker, fail } = fixture();
  fail(2);
  breaker.succeeded();
  fail(2);
  expect(breaker.admits()).toBe(true);
  fail(1);
  expect(breaker.state()).toBe('open');
  expect(breaker.admits()).toBe(false);
  expect(breaker.wait()).toBe(100);
});

test('a breaker admits one trial after its pause, and closes when that succeeds', () => {
  const { clock, breaker, fail } = fixture();
  fail(3);
  clock.ms = 100;
  expect(breaker.state()).toBe('half-open');
  expect(breaker.admits()).toBe(true);
  expect(breaker.admits()).toBe(false);
  breaker.succeeded();
  expect(breaker.state()).toBe('closed');
  expect(breaker.admits()).toBe(true);
  expect(breaker.admits()).toBe(true);
});

test('a breaker pauses twice as long after each failed trial, up to its limit', () => {
  const { clock, breaker, fail } = fixture();
  fail(3);
  for (const pause of [200, 300, 300]) {
    clock.ms += breaker.wait();
    expect(breaker.admits()).toBe(true);
    fail(1);
    expect(breaker.wait()).toBe(pause);
  }
});

test('failures of requests that were under way when a breaker opened do not prolong its pause', () => {
  const { clock, breaker, fail } = fixture();
  fail(3);
  clock.ms = 50;
  fail(30);
  expect(breaker.wait()).toBe(50);
});

test('an abandoned trial leaves the place to another', () => {
  const { clock, breaker, fail } = fixture();
  fail(3);
  clock.ms = 100;
  expect(breaker.admits()).toBe(true);
  breaker.abandoned();
  expect(breaker.admits()).toBe(true);
});

test('what says that it is about to end is left alone until it is seen to be another, whatever else it still answers', () => {
  const { clock, breaker } = fixture();
  clock.ms = 10;
  expect([breaker.leaves(), breaker.leaves()]).toEqual([true, false]);
  breaker.succeeded();
  breaker.isReady();
  // Asked before it said so, and answered after.
  breaker.isBack(9);
  clock.ms = 60_000;
  expect([breaker.admits(), breaker.wait(), breaker.state()]).toEqual([false, 1_000, 'open']);
  breaker.isBack(11);
  expect([breaker.admits(), breaker.wait(), breaker.state()]).toEqual([true, 0, 'closed']);
});

test('what says that it is ready gets its trial before the pause is over, and one only', () => {
  const { breaker, fail } = fixture();
  fail(3);
  breaker.isReady();
  expect([breaker.state(), breaker.wait()]).toEqual(['half-open', 0]);
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
  fail(1);
  expect([breaker.state(), breaker.wait()]).toEqual(['open', 200]);
});
