import type { Outcome, Tally } from './tasks.ts';

/** What turbo and pnpm write around a command. */
const frame = /^(cache |\$ |\[ELIFECYCLE\])/;

/** Counts a gate as one: passed when it ran and ended with 0. A failure shows the last 40 lines that it wrote. */
export function tallyGate(name: string, { exit, lines }: Outcome): Tally {
  if (exit === 0) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  const how = exit === undefined ? 'did not run' : `ended with code ${exit}`;
  const told = lines.filter((line) => line.trim() !== '' && !frame.test(line)).slice(-40);
  const failure = [`${name} ${how}`, ...told.map((line) => `      ${line.slice(0, 300)}`)].join('\n');
  return { passed: 0, failed: 1, skipped: 0, failures: [failure] };
}
