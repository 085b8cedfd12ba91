/**
 * Breaks a farm of real processes in every way that the faults know, under load, and checks what it promised.
 *
 * ```
 * npm run fault -- --seed 7 --seconds 120
 * npm run fault -- --seed 7 --seconds 60 --faults wipe,kill_mongod
 * ```
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { faults } from './faults.ts';
import { keep, tableOf } from './report.ts';
import { runFaults } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '45' },
    rate: { type: 'string', default: '200' },
    faults: { type: 'string', default: Object.keys(faults).join() },
    keep: { type: 'boolean', default: false },
  },
});
const kinds = values.faults.split(',');
const unknown = kinds.filter((kind) => !((kind.split(':')[0] ?? '') in faults));
const numbers = [values.seed, values.seconds, values.rate].map(Number);
if (unknown.length > 0 || numbers.some((one) => !(one > 0))) {
  console.error(
    `Give positive numbers for --seed, --seconds and --rate; --faults takes any of ${Object.keys(faults).join(', ')}.`,
  );
  process.exit(2);
}
const [seed = 1, seconds = 45, rate = 200] = numbers;
const began = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const options = { seed, seconds, rate, kinds, say };
const run = await runFaults(options);
console.log(`\n${tableOf(run)}\n`);
for (const { invariant, text } of run.anomalies.slice(0, 20)) console.log(`${invariant}: ${text}`);
if (run.anomalies.length > 0 || values.keep) console.log(`Kept in ${await keep(run, options)}`);
process.exitCode = run.anomalies.length > 0 ? 1 : 0;
