import { describe, expect, test } from 'vitest';
import { checkTagName, readTagAddress } from './tag_address.ts';

describe('readTagAddress()', () => {
  test.each([
    ['interesting', { name: 'interesting' }],
    ['7', { id: 7 }],
    ['9007199254740991', { id: 9_007_199_254_740_991 }],
    ['9007199254740993', { id: null }],
    ['123456789012345678901234567890', { id: null }],
    ['0', { id: null }],
    ['007', { id: null }],
    ['-1', { name: '-1' }],
    ['٣', { name: '٣' }],
  ])('reads %s', (text, address) => expect(readTagAddress(text)).toEqual(address));
});

describe('checkTagName()', () => {
  test.each(['a', 'a b', 'a/b', 'blå', '7a', '💡'.repeat(64), 'schemata', '...'])('takes %s', (name) =>
    expect(checkTagName(name)).toBe(name),
  );
  test.each(['', ' a', 'a ', '\u00a0a', '7', '007', 'schema', '.', '..', '💡'.repeat(65)])(
    'refuses %j',
    (name) => expect(() => checkTagName(name)).toThrow('invalid_argument'),
  );
});
