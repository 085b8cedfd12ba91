import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bucketOf, differingBuckets, openDigest } from './digest.ts';

const record = (id: string, v = 1) => ({ id, v, live: true, born: 1, label: 'h' });
const digestOf = (...records: ReturnType<typeof record>[]) => {
  const digest = openDigest();
  for (const one of records) digest.add(one);
  return digest;
};

test('openDigest() is made as the contract says', () => {
  const text = digestOf(record('a1')).text();
  const sha1 = (of: string) => createHash('sha1').update(of).digest('hex');
  const bucket = Number.parseInt(sha1('a1').slice(0, 4), 16) % 1024;
  expect(text.slice(bucket * 16, bucket * 16 + 16)).toBe(sha1('["a1",1,true,1,"h"]').slice(0, 16));
  expect(text.replaceAll('0', '')).not.toHaveLength(0);
  expect(text).toHaveLength(1024 * 16);
});

test('openDigest() is the same in any order, and put together from parts', () => {
  const ids = Array.from({ length: 50 }, (_, at) => `id${at}`);
  const whole = digestOf(...ids.map((id) => record(id))).text();
  expect(digestOf(...ids.toReversed().map((id) => record(id))).text()).toBe(whole);
  const part = digestOf(...ids.slice(0, 20).map((id) => record(id)));
  part.merge(digestOf(...ids.slice(20).map((id) => record(id))).text());
  expect(part.text()).toBe(whole);
});

test('differingBuckets() names the bucket of each record that differs, is missing or is too many', () => {
  const one = digestOf(record('a'), record('b'), record('c')).text();
  const other = digestOf(record('a'), record('b', 2), record('d')).text();
  expect(differingBuckets(one, one)).toEqual([]);
  expect(new Set(differingBuckets(one, other))).toEqual(new Set(['b', 'c', 'd'].map(bucketOf)));
});
