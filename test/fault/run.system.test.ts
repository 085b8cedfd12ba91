import { expect, test } from 'vitest';
import { keep, tableOf } from './report.ts';
import { runFaults } from './run.ts';

test('45 s of faults under load break no promise', async () => {
  // A seed that has once found something: relations left behind while their owner was silent.
  const options = { seed: 6, seconds: 45, say: (line: string) => console.info(line) };
  const run = await runFaults(options);
  console.info(tableOf(run));
  if (run.anomalies.length > 0) console.info(`Kept in ${await keep(run, options)}`);
  expect(run.anomalies.map(({ invariant, text }) => `${invariant}: ${text}`)).toEqual([]);
  const { operations, recoveries } = run;
  expect(operations.filter(({ outcome }) => outcome === 'done').length).toBeGreaterThan(500);
  expect(recoveries.length).toBeGreaterThan(3);
}, 300_000);
