import { expect, test } from 'vitest';
import { tableOf } from './finding.ts';

test('tableOf() shows what each driver did, and each finding with the way to see it again', () => {
  const text = tableOf([
    {
      driver: 'schemathesis',
      requests: 1_234,
      classes: { '2xx': 34, '4xx': 1_200 },
      slowestMs: 41.6,
      findings: [],
    },
    {
      driver: 'fast-check',
      requests: 2,
      classes: { '5xx': 1, none: 1 },
      slowestMs: 5_001,
      findings: [
        { driver: 'fast-check', at: 'tag_names', text: 'why', reproduce: 'npm run fuzz -- --seed 1' },
      ],
    },
  ]);
  expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    'driver requests 2xx 3xx 4xx 5xx none slowest findings',
    'schemathesis 1234 34 0 1200 0 0 42 ms 0',
    'fast-check 2 0 0 0 1 1 5001 ms 1',
    '',
    'FOUND by fast-check: tag_names',
    'why',
    'Again: npm run fuzz -- --seed 1',
  ]);
});
