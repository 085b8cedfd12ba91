import { expect, test } from 'vitest';
import { cpuOf, cpuOfStat, memoryOf, memoryOfStatus } from './process_cost.ts';

test('cpuOfStat() adds user and system time, whatever the command is called', () => {
  const rest = 'S 1 7 7 0 -1 4194304 100 0 0 0 150 50 9 9 20 0 11 0 12345 1000 200';
  expect(cpuOfStat(`7 (node) ${rest}`)).toBe(2_000_000);
  expect(cpuOfStat(`7 (a) b (c d) ${rest}`)).toBe(2_000_000);
});

test('memoryOfStatus() reads both figures in MB', () => {
  const status = 'Name:\tnode\nVmPeak:\t  9999 kB\nVmHWM:\t  200000 kB\nVmRSS:\t  100000 kB\nThreads:\t11\n';
  expect(memoryOfStatus(status)).toEqual({ now: 102.4, highest: 204.8 });
  expect(memoryOfStatus('Name:\tnode\n').now).toBeNaN();
});

test('cpuOf() and memoryOf() tell of this very process', async () => {
  expect(await cpuOf([process.pid])).toBeGreaterThan(0);
  const { now, highest } = await memoryOf(process.pid);
  expect(now > 10 && highest >= now).toBe(true);
});
