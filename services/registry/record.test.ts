import { expect, test } from 'vitest';
import { jobAfter, jobId } from './job.ts';
import { canonicalId } from './record.ts';

const canonical = '0198c1f2-3a4b-7c5d-8e6f-0123456789ab';

test.each([
  canonical,
  canonical.toUpperCase(),
  canonical.replaceAll('-', ''),
  '0198C1F23a4b-7c5d-8e6f0123456789ab',
])('canonicalId() takes %s', (text) => expect(canonicalId(text)).toBe(canonical));

test.each(['', '1', `${canonical}0`, canonical.replace('0', 'g'), `{${canonical}}`, canonical.slice(1)])(
  'canonicalId() takes no "%s"',
  (text) => expect(canonicalId(text)).toBeUndefined(),
);

test.each([
  ['1', 1],
  ['9007199254740991', 2 ** 53 - 1],
])('jobId() takes %s', (text, id) => expect(jobId(text)).toBe(id));

test.each(['', '0', '007', '-1', '1.0', '1e3', 'x', ' 1', '9007199254740992', '9'.repeat(30)])(
  'jobId() takes no "%s"',
  (text) => expect(jobId(text)).toBeUndefined(),
);

test.each([
  ['0', 0],
  ['007', 7],
  ['9007199254740993', 2 ** 53 - 1],
  ['', undefined],
  ['-1', undefined],
  ['x', undefined],
])('jobAfter() reads "%s" as %s', (text, after) => expect(jobAfter(text)).toBe(after));
