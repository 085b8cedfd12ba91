import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTurbo } from './run_turbo.ts';
import { tallyGate } from './tally_gate.ts';
import { type Report, tallySuite } from './tally_suite.ts';
import { gates, suites, total } from './tasks.ts';

const repository = join(import.meta.dirname, '..', '..');
const results = join(repository, '.results');

async function readReport(task: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(join(results, `${task}.json`), 'utf8')) as Report;
  } catch {
    // Absent or torn: either way there is no result.
    return undefined;
  }
}

// A result of an earlier run must not speak for this one.
await rm(results, { recursive: true, force: true });
const outcomes = await runTurbo(repository, [...gates, ...suites]);
const reports = await Promise.all(suites.map(readReport));
const outcomeOf = (task: string) => outcomes.get(task) ?? { exit: undefined, lines: [] };
const all = total([
  ...gates.map((gate) => tallyGate(gate, outcomeOf(gate))),
  ...suites.map((suite, index) => tallySuite(suite, outcomeOf(suite).exit, reports[index])),
]);

console.log('');
for (const failure of all.failures) console.log(`FAILED  ${failure.replace(`${repository}/`, '')}`);
if (all.skipped > 0) console.log(`${all.skipped} skipped`);
console.log(`${all.passed} passed, ${all.failed} failed`);
process.exitCode = all.failed === 0 ? 0 : 1;
