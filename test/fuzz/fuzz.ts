import type { Outcome } from './finding.ts';
import type { FuzzFarm } from './fuzz_farm.ts';
import { runFastCheck } from './run_fast_check.ts';
import { runSchemathesis } from './run_schemathesis.ts';

/** Examples for each operation and phase in one run of schemathesis; many small runs find as much as a long one. */
const EXAMPLES = 60;

/**
 * Has both drivers send at least so many requests together: schemathesis about half of them, with a new seed as often as it takes.
 * Goes on after a finding, so that one does not hide the others.
 */
export async function fuzz(
  { seed, requests }: { readonly seed: number; readonly requests: number },
  farm: FuzzFarm,
  say: (line: string) => void,
): Promise<Outcome[]> {
  const runs: Outcome[] = [];
  const sent = () => runs.reduce((sum, run) => sum + run.requests, 0);
  for (let round = 0; sent() < requests / 2; round += 1) {
    // The first phase asks the same each time, so it comes once.
    const phases = round === 0 ? 'coverage,fuzzing,stateful' : 'fuzzing,stateful';
    const left = requests / 2 - sent();
    const examples = Math.max(2, Math.min(EXAMPLES, Math.ceil(left / 60)));
    runs.push(await runSchemathesis({ seed: seed + round, examples, phases }, farm, say));
    say(`schemathesis: ${sent()} of ${Math.ceil(requests / 2)} requests, ${found(runs)} findings`);
  }
  return [sum(runs), await runFastCheck({ seed, requests: Math.max(0, requests - sent()) }, farm, say)];
}

const found = (runs: readonly Outcome[]): number =>
  runs.reduce((count, { findings }) => count + findings.length, 0);

function sum(runs: readonly Outcome[]): Outcome {
  const classes: Record<string, number> = {};
  for (const run of runs) {
    for (const [name, count] of Object.entries(run.classes)) classes[name] = (classes[name] ?? 0) + count;
  }
  return {
    driver: 'schemathesis',
    requests: runs.reduce((count, run) => count + run.requests, 0),
    classes,
    slowestMs: Math.max(0, ...runs.map(({ slowestMs }) => slowestMs)),
    findings: runs.flatMap(({ findings }) => findings),
  };
}
