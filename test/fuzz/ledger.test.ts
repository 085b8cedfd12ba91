import { expect, test } from 'vitest';
import type { CheckedFetch } from '../checked_fetch.ts';
import { openLedger } from './ledger.ts';

/** A farm that has these tags and agents, and nothing else. */
const farmOf =
  (tags: readonly object[], agents: readonly object[] = []): CheckedFetch =>
  async (_method, path) => {
    const body = path.startsWith('/api/v1/tags/') ? tags : path.startsWith('/api/v1/agents/') ? agents : [];
    return { status: 200, headers: new Headers(), text: JSON.stringify(body), body };
  };

test('openLedger() finds what was accepted and is not there as it was, and what was refused and is there', async () => {
  const ledger = openLedger();
  const [kept, refused] = [ledger.mark(), ledger.mark()];
  ledger.accepted('tag', 1, kept);
  ledger.accepted('agent', 'a', 'é');
  ledger.refused(refused);
  expect(await ledger.check(farmOf([{ id: 1, tag: kept }], [{ id: 'a', hostname: 'é' }]))).toEqual([]);
  const problems = await ledger.check(
    farmOf(
      [
        { id: 1, tag: kept },
        { id: 1, tag: `x${refused}0` },
      ],
      [{ id: 'a', hostname: 'e\u0301' }],
    ),
  );
  expect(problems).toEqual([
    'two records of kind tag have one id',
    expect.stringMatching(/^tag 1 is/),
    expect.stringMatching(/^stored, though refused/),
    expect.stringMatching(/^agent a is/),
  ]);
});

test('openLedger() refuses an id that is another record', () => {
  const ledger = openLedger();
  ledger.accepted('job', 1, 'a');
  ledger.accepted('job', 1, 'a');
  expect(() => ledger.accepted('job', 1, 'b')).toThrow(/both a and b/);
});
