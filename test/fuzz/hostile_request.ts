import fc from 'fast-check';
import { hostileText } from './hostile_text.ts';

/** One segment of a path as it is sent: printable ASCII without what ends it, never the id of a record that is there. */
export const hostileSegment: fc.Arbitrary<string> = fc
  .oneof(
    hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
    fc.stringMatching(/^[A-Za-z0-9%._~!$&'()*+,;=:@"<>^`{|}[\]\\-]{1,30}$/),
    fc.constantFrom(
      '%2e%2e',
      '%2E',
      '%2F',
      '%5C',
      '%C0%AF',
      '%E0%A4%A',
      '%ff',
      '%',
      '%zz',
      '%ED%A0%80',
      '%u0041',
    ),
    fc.uuid(),
  )
  .filter((segment) => segment !== '' && segment.length < 4_000 && !/^[0-9]{1,9}$/.test(segment));

/** A query as it is sent, or none: known and unknown arguments, some of them twice. */
export function hostileQuery(names: readonly string[]): fc.Arbitrary<string> {
  const encoded = hostileText.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 1_000));
  const name = fc.oneof(fc.constantFrom(...names), encoded);
  const value = fc.oneof(
    encoded,
    fc.integer().map(String),
    fc.stringMatching(/^[A-Za-z0-9%+=.[\]$-]{0,12}$/),
    fc.constantFrom('1', '50', '51', '0', '-1', '1.5', '1e1', '%31', '9'.repeat(20), ''),
  );
  const pair = fc.tuple(name, fc.constantFrom('=', '=', '=', '', '[]=', '[$gt]='), value);
  const pairs = fc.array(pair, { maxLength: 3 }).map((all) => all.map((parts) => parts.join('')).join('&'));
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: pairs.map((all) => `?${all}`) },
  );
}

const inHeader = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,60}$/),
  fc.constantFrom(
    '*',
    '""',
    '"1"',
    'W/"1"',
    '"1", "2"',
    ',',
    ';q=2',
    '*/*;q=0',
    'x'.repeat(3_000),
    '-1',
    '0',
    '1',
  ),
  fc.constantFrom(
    'bytes=0-0',
    'refs=fresh',
    'ru;q=0',
    'en-US,ru;q=0.9,*;q=0',
    'application/problem+json',
    'gzip',
  ),
);

const fields = [
  ...[
    'accept',
    'accept-language',
    'accept-encoding',
    'if-match',
    'if-none-match',
    'if-modified-since',
    'range',
  ],
  ...[
    'x-request-id',
    'traceparent',
    'tracestate',
    'prefer',
    'origin',
    'cookie',
    'user-agent',
    'page',
    'per-page',
  ],
  ...[
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-http-method-override',
    'forwarded',
    'via',
  ],
  ...['max-forwards', 'te', 'cache-control', 'content-language', 'constructor', '__proto__'],
];

/** A few header fields, each fit to be sent over HTTP/1.1. */
export const hostileHeaders: fc.Arbitrary<Record<string, string>> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...fields), inHeader), { maxLength: 3, selector: ([name]) => name })
  .map((pairs) => Object.fromEntries(pairs.map(([name, value]) => [name, value.trim()])));
