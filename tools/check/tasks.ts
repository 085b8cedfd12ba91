/** The gates without tests; each counts as one. */
export const gates = ['check:types', 'check:style', 'check:boundaries', 'check:dead'] as const;

/** The vitest projects; each writes `.results/<task>.json`, and each of its tests counts as one. */
export const suites = ['test:unit', 'test:integration', 'test:system', 'test:faults'] as const;

/** How a task ended, and what it wrote. */
export interface Outcome {
  /** Undefined when it did not run. */
  readonly exit: number | undefined;
  readonly lines: readonly string[];
}

/** What was counted, and for each failure a line that says what failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** The sum of tallies, their failures in order. */
export function total(tallies: readonly Tally[]): Tally {
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    tallies.reduce((count, tally) => count + tally[key], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    failures: tallies.flatMap(({ failures }) => failures),
  };
}
