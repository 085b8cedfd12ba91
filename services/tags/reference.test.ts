import { describe, expect, test } from 'vitest';
import { kinds } from './reference.ts';

const uuid = 'dd0c6da2-0c91-42cf-a82f-6d503aae43d3';

describe('kinds.agent.parse()', () => {
  test.each([
    [uuid, uuid],
    [uuid.toUpperCase(), uuid],
    [uuid.replaceAll('-', ''), uuid],
    [1, 1],
    ['1', 1],
    ['01', undefined],
    ['123456789012345678901234567890', undefined],
    ['agent', undefined],
  ])('reads %s as %s', (given, ref) => expect(kinds.agent.parse(given)).toBe(ref));
});

describe('kinds.job.parse()', () => {
  test.each([
    ['12', 12],
    [12, 12],
    ['a', undefined],
    ['1e3', undefined],
  ])('reads %s as %s', (given, ref) => expect(kinds.job.parse(given)).toBe(ref));
});

describe('kinds.assembler.parse()', () => {
  test.each([
    ['ca', 'ca'],
    ['core.alt', 'core.alt'],
    ['A', undefined],
    ['a/b', undefined],
  ])('reads %s as %s', (given, ref) => expect(kinds.assembler.parse(given)).toBe(ref));
});
