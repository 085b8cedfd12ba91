import { expect, test } from 'vitest';
import { tallyGate } from './tally_gate.ts';
import { type Report, tallySuite } from './tally_suite.ts';
import { total } from './tasks.ts';

function report(...statuses: string[]): Report {
  const assertionResults = statuses.map((status, index) => ({
    fullName: `test ${index}`,
    status,
    failureMessages: status === 'failed' ? ['expected 1 to be 2'] : [],
  }));
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] };
}

test('tallySuite() counts passed, failed and skipped tests and tells why one failed', () => {
  const tally = tallySuite('test:unit', 1, report('passed', 'failed', 'skipped', 'passed', 'todo'));
  expect(tally).toMatchObject({ passed: 2, failed: 1, skipped: 2 });
  expect(tally.failures[0]).toBe('a.test.ts > test 1\n      expected 1 to be 2');
  expect(tallySuite('test:unit', 0, report('passed'))).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
});

test.for([
  ['without a report', 0, undefined, 'test:unit left no result'],
  ['that did not run', undefined, undefined, 'test:unit left no result: it did not run'],
  ['without tests', 0, { testResults: [] }, 'test:unit has no test that ran'],
  ['that skipped all', 0, report('skipped'), 'test:unit has no test that ran'],
  [
    'with an unexplained exit code',
    1,
    report('passed'),
    'test:unit ended with code 1, though no test failed',
  ],
  [
    'with a file that cannot be loaded',
    1,
    {
      testResults: [{ name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] }],
    },
    'b.test.ts\n      no such module',
  ],
] as const)('tallySuite() fails a suite %s', ([, exit, given, failure]) => {
  expect(tallySuite('test:unit', exit, given)).toMatchObject({ failed: 1, failures: [failure] });
});

test('tallyGate() passes exit code 0 only, and shows what the gate wrote', () => {
  expect(tallyGate('check:types', { exit: 0, lines: [] })).toMatchObject({ passed: 1, failed: 0 });
  const failed = tallyGate('check:types', { exit: 2, lines: ['a.ts(1,1): error', ''] });
  expect(failed).toMatchObject({ passed: 0, failed: 1 });
  expect(failed.failures).toEqual(['check:types ended with code 2\n      a.ts(1,1): error']);
  expect(tallyGate('check:types', { exit: undefined, lines: [] }).failures).toEqual([
    'check:types did not run',
  ]);
});

test('total() adds up', () => {
  const sum = total([
    tallyGate('a', { exit: 0, lines: [] }),
    tallyGate('b', { exit: 1, lines: [] }),
    tallySuite('c', 0, report('passed', 'skipped')),
  ]);
  expect(sum).toMatchObject({ passed: 2, failed: 1, skipped: 1 });
  expect(sum.failures).toHaveLength(1);
});
