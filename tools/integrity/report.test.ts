import { expect, test } from 'vitest';
import { comparisonText, isWhole, repairText } from './report.ts';

const record = { live: true, v: 3, born: 1, label: 'render1' };
const none = { owner: 0, read_model: 0, differing: [] };

test('comparisonText() puts the kinds in columns and says that all is equal', () => {
  const agent = { owner: 12_345, read_model: 12_345, differing: [] };
  expect(comparisonText({ equal: true, position: 7, kinds: { agent, job: none } }).split('\n')).toEqual([
    'At sequence 7 of FARM',
    'kind    at its owner   copied   differing',
    'agent         12,345   12,345           0',
    'job                0        0           0',
    'Equal: the copies of the tags service are as their owners have the records.',
  ]);
});

test('comparisonText() tells of each record that differs what both sides say, and what to do', () => {
  const differing = [
    { id: 'a1', owner: record, read_model: { ...record, live: 'yes' } },
    { id: 'a2', owner: null, read_model: { ...record, live: false, label: null } },
  ];
  const text = comparisonText({ equal: false, position: 7, kinds: { agent: { ...none, differing } } });
  expect(text).toContain('agent a1\n    its owner: there, version 3, born at 1, named "render1"');
  expect(text).toContain('the copy:  live "yes", version 3');
  expect(text).toContain('agent a2\n    its owner: unknown\n    the copy:  deleted, version 3');
  expect(text).toContain('--repair');
});

test('repairText() tells what was healed and what was left alone', () => {
  const healed = [{ id: 'a1', owner: record, read_model: null }];
  const whole = { healed: 1, position: 7, kinds: { agent: { healed, left: [] } } };
  expect(repairText(whole)).toContain('Healed 1:\n  agent a1');
  expect(isWhole(whole)).toBe(true);
  const part = { healed: 0, position: 7, kinds: { agent: { healed: [], left: ['a2'] } } };
  expect(repairText(part)).toContain('agent a2 changed just then');
  expect(isWhole(part)).toBe(false);
  expect(repairText({ healed: 0, position: 7, kinds: {} })).toBe('Healed 0: nothing differed.');
});
