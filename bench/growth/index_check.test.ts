import { expect, test } from 'vitest';
import { openIndexCheck } from './index_check.ts';

const index = JSON.stringify([
  { agents: ['a', 'b'], jobs: [], id: 1, tag: 'quoted " and [{' },
  { agents: [], jobs: [], id: 2, tag: 'x' },
]);

const checked = (pieces: readonly string[]) => {
  const check = openIndexCheck();
  for (const piece of pieces) check.take(Buffer.from(piece));
  return check.result();
};

test('openIndexCheck() counts tags and taggings however the index is cut into pieces', () => {
  const whole = { bytes: index.length, tags: 2, taggings: 2, isWhole: true };
  expect(checked([index])).toEqual(whole);
  expect(checked([...index])).toEqual(whole);
  expect(checked(['[]'])).toEqual({ bytes: 2, tags: 0, taggings: 0, isWhole: true });
});

test.each(['', index.slice(0, -1), index.slice(0, -30), `${index}]`, `${index}[]`, '{}'])(
  'openIndexCheck() sees that an index is not whole: …%s',
  (text) => expect(checked([text]).isWhole).toBe(false),
);
