import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { hostileJson, hostileText } from '../hostile_text.ts';
import { property } from '../world.ts';

const doors = [
  { method: 'POST', path: () => '/api/v1/tags/', field: 'tag', more: () => '' },
  {
    method: 'PUT',
    path: (mark: string) => `/api/v1/tags/${mark}`,
    field: 'tag',
    more: () => ',"agents":[],"jobs":[]',
  },
  { method: 'POST', path: () => '/api/v1/agents/', field: 'hostname', more: () => ',"cpus":4,"port":50000' },
  { method: 'POST', path: () => '/api/v1/jobs/', field: 'title', more: () => ',"state":"queued"' },
  {
    method: 'POST',
    path: () => '/v1/assemblers.json',
    field: 'name',
    more: (mark: string) => `,"slug":"${mark}"`,
  },
  {
    method: 'POST',
    path: () => '/v1/source_paths.json',
    field: 'name',
    more: (mark: string) => `,"assembler_slug":"${mark}","branch":"main"`,
  },
] as const;

const keys = [
  'tag',
  'agents',
  'jobs',
  'id',
  'hostname',
  'cpus',
  'state',
  'title',
  'slug',
  'host',
  'name',
  'v',
  '_id',
];
const key = fc.oneof(fc.constantFrom(...keys, '__proto__', 'constructor', '$set', 'a.b'), hostileText);

/** What is done to a fit body, the text of a JSON object. */
const change = fc.oneof(
  fc.tuple(key, hostileJson).map(
    ([name, value]) =>
      (fit: string) =>
        `${fit.slice(0, -1)},${JSON.stringify(name)}:${value}}`,
  ),
  fc.tuple(key, hostileJson).map(
    ([name, value]) =>
      (fit: string) =>
        `{${JSON.stringify(name)}:${value},${fit.slice(1)}`,
  ),
  hostileJson.map((value) => (fit: string) => fit.replace(/:"[^"]*"/, `:${value.replaceAll('$', '$$$$')}`)),
  fc.nat(60).map((to) => (fit: string) => fit.slice(0, to)),
  fc.constantFrom('', '\ufeff', '}', ',', '{}', '\0', ' ').map((end) => (fit: string) => `${fit}${end}`),
  fc.constantFrom<(fit: string) => string>(
    (fit) => fit,
    (fit) => `[${fit}]`,
    (fit) => `\ufeff${fit}`,
    (fit) => JSON.stringify(fit),
    (fit) => fit.replaceAll('"', "'"),
    (fit) => fit.padEnd(70_000),
  ),
);

const type = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'application/json; charset=utf-8',
        'application/json;charset=utf-16',
        'APPLICATION/JSON',
        'text/plain',
        '',
      ],
      ...[
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'multipart/form-data; boundary=x',
        'json',
        '*/*',
      ],
      ...['application/json, text/plain', 'application/merge-patch+json', 'multipart/mixed; boundary=""'],
    ),
  },
);
const encoding = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  undefined,
  'identity',
  'gzip',
  'br',
  'x',
  '',
);
const charset = fc.constantFrom<BufferEncoding>('utf8', 'utf8', 'utf8', 'utf8', 'latin1', 'utf16le');

const asked = fc.record({
  door: fc.constantFrom(...doors),
  changes: fc.array(change, { minLength: 1, maxLength: 2 }),
  type,
  encoding,
  charset,
});

/** A body that was tampered with is taken as what it says, or refused and leaves no trace. */
export const bodies = property(
  asked,
  async ({ door, changes, type, encoding, charset }, { fetch, ledger }) => {
    const mark = ledger.mark();
    const fit = `{"${door.field}":"${mark}"${door.more(mark)}}`;
    const text = changes.reduce((body, apply) => apply(body), fit);
    const headers = {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const { status } = await fetch(door.method, door.path(mark), {
      body: Buffer.from(text, charset),
      headers,
    });
    if (status >= 400) ledger.refused(mark);
    else assert.ok([200, 201].includes(status), `answered ${status}`);
  },
);
