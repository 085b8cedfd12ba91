/**
 * Runs the fault program with one safeguard off at a time and sees that it is caught, by the promise that the safeguard keeps.
 *
 * ```
 * npm run fault:teeth
 * npm run fault:teeth -- hasty_404 no_clean_up
 * ```
 *
 * @module
 */
import { broken, keep } from './report.ts';
import { runFaults } from './run.ts';
import { repository, teeth } from './teeth.ts';

const SECONDS = 40;
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in teeth));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. The teeth are ${Object.keys(teeth).join(', ')}.`);
  process.exit(2);
}
const rows: string[] = [];
for (const [name, { off, caughtBy, kinds }] of Object.entries(teeth)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}: ${off}`);
  const say = (line: string) => console.log(`  ${line}`);
  const env = {
    FAULT_TOOTH: name,
    NODE_OPTIONS: `--import ${repository}test/fault/edit_source.ts`,
  };
  const options = { seed: 1, seconds: SECONDS, kinds, env, say };
  const run = await runFaults(options);
  const found = broken(run);
  const caught = caughtBy.filter((invariant) => found.has(invariant));
  const folder = await keep(run, options);
  if (caught.length === 0) process.exitCode = 1;
  const what =
    caught.length === 0
      ? `NOT caught; found ${[...found].join(' ') || 'nothing'}`
      : `caught by ${caught.join(' ')}`;
  const example = run.anomalies.find(({ invariant }) => caught.includes(invariant))?.text ?? '';
  rows.push(
    `${name.padEnd(22)} ${what.padEnd(22)} ${run.anomalies.length} anomalies, ${example.slice(0, 150)}`,
  );
  console.log(`  ${rows.at(-1)}\n  kept in ${folder}`);
}
console.log(`\n${rows.join('\n')}`);
