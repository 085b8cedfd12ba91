/**
 * Sends requests that nobody would send to a farm of its own, and holds every answer to the description of the API.
 *
 * ```
 * npm run fuzz -- --requests 20000
 * npm run fuzz -- --only tag_names --seed 7 --path 12:0:3
 * ```
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { tableOf } from './finding.ts';
import { fuzz } from './fuzz.ts';
import { startFuzzFarm } from './fuzz_farm.ts';
import { properties } from './properties/mod.ts';
import { runFastCheck } from './run_fast_check.ts';
import { runSchemathesis } from './run_schemathesis.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    path: { type: 'string' },
    examples: { type: 'string', default: '60' },
    phases: { type: 'string', default: 'coverage,fuzzing,stateful' },
  },
});
const [requests = 0, seed = 0, examples = 0] = [values.requests, values.seed, values.examples].map(Number);
const { only, path, phases } = values;
const known = ['schemathesis', 'fast-check', ...Object.keys(properties)];
const wrong = [
  ...(requests > 0 && examples > 0 ? [] : ['Give positive numbers for --requests and --examples.']),
  ...(Number.isInteger(seed) ? [] : ['Give a whole number for --seed.']),
  ...(only === undefined || known.includes(only) ? [] : [`--only takes one of ${known.join(', ')}.`]),
];
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(2);
}

const began = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
await using farm = await startFuzzFarm(say);

async function run() {
  if (only === undefined) return fuzz({ seed, requests }, farm, say);
  if (only === 'schemathesis') return [await runSchemathesis({ seed, examples, phases }, farm, say)];
  const chosen = only === 'fast-check' ? {} : { only: [only] };
  // A path leads to one value, so that one round is enough.
  const found = path === undefined ? { requests } : { path, requests: 1 };
  return [await runFastCheck({ seed, ...chosen, ...found }, farm, say)];
}

const outcomes = await run();
console.log(`\n${tableOf(outcomes)}\n`);
process.exitCode = outcomes.some(({ findings }) => findings.length > 0) ? 1 : 0;
