import { afterAll, expect, inject, test } from 'vitest';
import { startFuzzFarm } from './fuzz_farm.ts';
import { runFastCheck } from './run_fast_check.ts';
import { runSchemathesis } from './run_schemathesis.ts';

// A small part of `npm run fuzz`, which says more of what each driver does.
const say = (line: string) => console.error(line);
const farm = await startFuzzFarm(say, inject('farmBinaries'));
afterAll(() => farm[Symbol.asyncDispose]());

test('schemathesis finds no answer that is against the description, and no failure', async () => {
  const options = { seed: 1, examples: 2, phases: 'coverage,fuzzing,stateful' };
  const { requests, findings } = await runSchemathesis(options, farm, say);
  expect(findings).toEqual([]);
  expect(requests).toBeGreaterThan(700);
}, 300_000);

test('fast-check finds no name, id or body that breaks what is promised', async () => {
  const { requests, findings } = await runFastCheck({ seed: 1, requests: 800 }, farm, say);
  expect(findings).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(800);
}, 120_000);
