import { expect, test } from 'vitest';
import { revisionsAsked } from './if_match.ts';

test.each([
  [undefined, undefined],
  ['*', undefined],
  ['"7"', [7]],
  ['W/"7", "8"', [7, 8]],
  ['"x"', []],
  ['7', []],
  ['', []],
])('revisionsAsked(%j) is %j', (header, revisions) => expect(revisionsAsked(header)).toEqual(revisions));
