import { expect, test } from 'vitest';
import { goalNames, readOptions } from './options.ts';

test('readOptions() measures every goal unless some are named', () => {
  expect([...readOptions([]).only]).toEqual([...goalNames]);
  expect([...readOptions(['--only', 'p6, P1']).only]).toEqual(['P1', 'P6']);
});

test('readOptions() measures less with --quick', () => {
  const [whole, short] = [readOptions([]).extent, readOptions(['--quick']).extent];
  expect(short.rounds * short.seconds).toBeLessThan(whole.rounds * whole.seconds);
});

test('readOptions() names the goals that there are for one that is unknown', () => {
  expect(() => readOptions(['--only', 'P1,P11'])).toThrow(/Unknown goal P11\. .*P1, P2, P3.*P9, P10/);
  expect(() => readOptions(['--fast'])).toThrow(/--fast/);
});
