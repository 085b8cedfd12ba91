import type { Tally } from './tasks.ts';

/** The part that we read of vitest's JSON report. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/**
 * Counts the tests of a suite. A suite is never better than what it proves: without a report, without a test, with a file that
 * could not be loaded, or with an exit code that no failed test explains, it has a failure more.
 */
export function tallySuite(name: string, exit: number | undefined, report: Report | undefined): Tally {
  if (!report) return oneFailure(`${name} left no result${exit === undefined ? ': it did not run' : ''}`);
  const failures: string[] = [];
  let passed = 0;
  let skipped = 0;
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    passed += file.assertionResults.filter(({ status }) => status === 'passed').length;
    skipped += file.assertionResults.length - failed.length;
    for (const test of failed)
      failures.push(`${file.name} > ${test.fullName}${reason(test.failureMessages?.[0])}`);
    if (file.status === 'failed' && failed.length === 0) failures.push(`${file.name}${reason(file.message)}`);
  }
  skipped -= passed;
  if (passed + failures.length === 0) failures.push(`${name} has no test that ran`);
  if (exit !== 0 && failures.length === 0) {
    failures.push(
      `${name} ${exit === undefined ? 'has no exit code' : `ended with code ${exit}`}, though no test failed`,
    );
  }
  return { passed, failed: failures.length, skipped, failures };
}

function oneFailure(text: string): Tally {
  return { passed: 0, failed: 1, skipped: 0, failures: [text] };
}

/** The first lines of a message, indented. */
function reason(message: string | undefined): string {
  if (!message) return '';
  const lines = message.trim().split('\n').slice(0, 6);
  return lines.map((line) => `\n      ${line.slice(0, 300)}`).join('');
}
