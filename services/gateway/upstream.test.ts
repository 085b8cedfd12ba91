import { expect, test } from 'vitest';
import { openUpstream } from './upstream.ts';

test('openUpstream() names the setting and the entry that is no address', () => {
  expect(() => openUpstream('tags', 'http://a:1,nonsense')).toThrow('TAGS_URL has "nonsense"');
  expect(() => openUpstream('tags', '')).toThrow('TAGS_URL');
  expect(() => openUpstream('tags', 'ftp://a')).toThrow('TAGS_URL');
});

test('choose() takes instances in turn, and the avoided one only when no other is admitted', () => {
  const upstream = openUpstream('tags', 'http://a:1, http://b:1/', { failures: 1, pauseMs: 60_000 });
  const [a, b] = upstream.instances;
  expect([a?.origin, b?.origin]).toEqual(['http://a:1', 'http://b:1']);
  expect([upstream.choose(), upstream.choose(), upstream.choose(a)]).toEqual([a, b, b]);
  b?.breaker.failed();
  expect(upstream.choose(a)).toBe(a);
  a?.breaker.failed();
  expect(upstream.choose(a)).toBeUndefined();
  expect(upstream.waitSeconds()).toBe(60);
});
