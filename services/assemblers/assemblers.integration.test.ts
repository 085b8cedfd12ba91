import { type Ask, asker, startTestServices, type TestServices } from '@muster/dev';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let services: TestServices;
let ask: Ask;
const all = '/v1/assemblers.json';
let made = 0;

/** A slug that no other test has. */
const fresh = () => `s${++made}`;

/** Makes an assembler with fields of its own. */
async function make(fields: Record<string, string> = {}) {
  const slug = fresh();
  const { status, body } = await ask(`POST ${all}`, { json: { slug, name: `Name of ${slug}`, ...fields } });
  expect(status).toBe(200);
  return body as { slug: string; name: string; host: string | null };
}

beforeAll(async () => {
  services = await startTestServices(inject('serverBinaries'));
  const { url = '' } = await services.start('assemblers', { LOG_LEVEL: 'warn' });
  ask = asker(url, services.token);
});
afterAll(() => services?.stop());

describe('POST', () => {
  const record = {
    slug: 'ca',
    name: 'Core Assembler',
    host: 'assembler.altlinux.org',
    source_path_count: 0,
    export_path_base: '/export/path/to',
  };

  test('answers the record, made from JSON; a get answers the same, with and without .json', async () => {
    const { source_path_count: _, ...given } = record;
    const { status, body } = await ask(`POST ${all}`, { json: { ...given, host: 'Assembler.ALTlinux.org' } });
    expect([status, body]).toEqual([200, record]);
    for (const path of ['/v1/assemblers/ca.json', '/v1/assemblers/ca']) {
      const got = await ask(`GET ${path}`, { token: null });
      expect([got.status, got.body, got.headers.get('etag')]).toEqual([200, record, '"1"']);
    }
  });

  test('takes query, form and multipart, in a mix the body', async () => {
    const query = await ask(`POST ${all}?name=By+query&slug=by-query`);
    expect([query.status, query.body.name]).toEqual([200, 'By query']);
    const form = await ask('POST /v1/assemblers', { form: { slug: 'by-form', name: 'By form', host: ' ' } });
    expect([form.status, form.body.host]).toEqual([200, null]);
    const parts = new FormData();
    parts.set('slug', 'by-parts');
    const mixed = await ask(`POST ${all}?name=By+parts&slug=other`, { form: parts });
    expect([mixed.status, mixed.body.slug, mixed.body.name]).toEqual([200, 'by-parts', 'By parts']);
  });

  test('names the field that is taken, in both languages', async () => {
    const { slug, name, host } = await make({ host: 'taken.example' });
    const cases: [Record<string, string>, string][] = [
      [{ slug, name: 'x1' }, 'slug'],
      [{ slug: fresh(), name }, 'name'],
      [{ slug: fresh(), name: 'x2', host: `${host}`.toUpperCase() }, 'host'],
    ];
    for (const [json, field] of cases) {
      const { status, body, headers } = await ask(`POST ${all}`, { json });
      expect([status, body.error_code, headers.get('content-language')]).toEqual([422, 2, 'en']);
      expect(body.message).toMatch(new RegExp(`^${field}: .*taken`));
      const russian = await ask(`POST ${all}`, { json, headers: { 'accept-language': 'ru-RU, en;q=0.5' } });
      expect(russian.headers.get('content-language')).toBe('ru');
      expect(russian.body.message).toMatch(new RegExp(`^${field}: .*[а-я]`));
    }
  });

  test.each([
    ['slug', {}],
    ['name', { slug: 'x' }],
    ['slug', { slug: '-x', name: 'x' }],
    ['slug', { slug: 'X', name: 'x' }],
    ['slug', { slug: 'x.json', name: 'x' }],
    ['slug', { slug: 'x'.repeat(65), name: 'x' }],
    ['slug', { slug: 7, name: 'x' }],
    ['name', { slug: 'x', name: 'n'.repeat(256) }],
    ['name', { slug: 'x', name: { $gt: '' } }],
    ['host', { slug: 'x', name: 'x', host: 'http://x/' }],
    ['export_path_base', { slug: 'x', name: 'x', export_path_base: 'relative' }],
    ['export_path_base', { slug: 'x', name: 'x', export_path_base: '/a/../b' }],
    ['source_path_count', { slug: 'x', name: 'x', source_path_count: 3 }],
    ['colour', { slug: 'x', name: 'x', colour: 'red' }],
  ])('refuses a bad %s with 422.1 and stores nothing', async (field, json) => {
    const { status, body } = await ask(`POST ${all}`, { json });
    expect([status, body.error_code]).toEqual([422, 1]);
    expect(body.message).toContain(field);
    expect((await ask('GET /v1/assemblers/x')).status).toBe(404);
  });

  test('refuses what cannot be read with 400, another media type with 415, and too much with 413', async () => {
    const json = { 'content-type': 'application/json' };
    for (const raw of ['{', '{"slug":"x","name":"a\\u0000b"}', '{"__proto__":1}']) {
      const { status, body } = await ask(`POST ${all}`, { raw, headers: json });
      expect([status, body.error_code], raw).toEqual([400, 1]);
    }
    const text = await ask(`POST ${all}`, { raw: 'slug', headers: { 'content-type': 'text/plain' } });
    expect([text.status, text.body.error_code]).toEqual([415, 8]);
    const large = await ask(`POST ${all}`, { json: { slug: 'x', name: 'n'.repeat(3_000_000) } });
    expect([large.status, large.body.error_code]).toEqual([413, 9]);
  });

  test('stores names in NFC, so that both forms are one name', async () => {
    const { body } = await ask(`POST ${all}`, { json: { slug: fresh(), name: 'Cafe\u0301' } });
    expect(body.name).toBe('Caf\u00e9');
    const { status } = await ask(`POST ${all}`, { json: { slug: fresh(), name: 'Caf\u00e9' } });
    expect(status).toBe(422);
  });

  test.each([
    ['slug', (n: number) => ({ slug: 'race', name: `Racer ${n}` })],
    ['name', (n: number) => ({ slug: `race-name-${n}`, name: 'One name' })],
    ['host', (n: number) => ({ slug: `race-host-${n}`, name: `Host ${n}`, host: 'one.example' })],
  ])('of twelve at once with one %s lets one through', async (_field, fields) => {
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, n) => ask(`POST ${all}`, { json: fields(n) })),
    );
    const outcomes = replies.map(({ status, body }) => `${status}.${body.error_code ?? ''}`).sort();
    expect(outcomes).toEqual(['200.', ...Array(11).fill('422.2')]);
  });
});

describe('PATCH', () => {
  test('answers the changed record, and 204 when nothing changes, which writes nothing', async () => {
    const { slug } = await make();
    const path = `/v1/assemblers/${slug}.json`;
    const changed = await ask(`PATCH ${path}?name=New_${slug}`);
    expect([changed.status, changed.body.name]).toEqual([200, `New_${slug}`]);
    expect(changed.headers.get('etag')).toBe('"2"');
    for (const given of [
      { json: {} },
      { json: { name: `New_${slug}`, host: '' } },
      { form: { name: ' ' } },
    ]) {
      const { status, body, headers } = await ask(`PATCH ${path}`, given);
      expect([status, body, headers.get('etag')]).toEqual([204, undefined, '"2"']);
    }
    const host = await ask(`PATCH ${path}`, { json: { host: `${slug}.Example` } });
    expect(host.body.host).toBe(`${slug}.example`);
    expect((await ask(`PATCH ${path}`, { json: { host: `${slug}.EXAMPLE` } })).status).toBe(204);
  });

  test('refuses what is taken, unknown or read-only', async () => {
    const taken = await make();
    const { slug } = await make();
    const unique = await ask(`PATCH /v1/assemblers/${slug}`, { json: { name: taken.name } });
    expect([unique.status, unique.body.error_code]).toEqual([422, 2]);
    for (const json of [{ slug: 'other' }, { source_path_count: 1 }]) {
      const { status, body } = await ask(`PATCH /v1/assemblers/${slug}`, { json });
      expect([status, body.error_code]).toEqual([422, 1]);
    }
    const unknown = await ask('PATCH /v1/assemblers/nowhere', { json: { name: 'x' } });
    expect([unknown.status, unknown.body.error_code]).toEqual([404, 4]);
  });

  test('keeps to If-Match', async () => {
    const { slug } = await make();
    const path = `/v1/assemblers/${slug}`;
    const patch = (name: string, tag: string) =>
      ask(`PATCH ${path}`, { json: { name }, headers: { 'if-match': tag } });
    expect((await patch(`a ${slug}`, '"1"')).status).toBe(200);
    const late = await patch(`b ${slug}`, '"1"');
    expect([late.status, late.headers.get('etag'), late.body.error_code]).toEqual([412, '"2"', 13]);
    expect((await patch(`c ${slug}`, '*')).status).toBe(200);
    const racing = await Promise.all(Array.from({ length: 8 }, (_, n) => patch(`${slug} ${n}`, '"3"')));
    expect(racing.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
  });
});

describe('DELETE', () => {
  test('answers the record as it was, then 404; slug, name and host are free again', async () => {
    const made = await make({ host: 'free.example' });
    const path = `/v1/assemblers/${made.slug}.json`;
    const stale = await ask(`DELETE ${path}`, { headers: { 'if-match': '"9"' } });
    expect([stale.status, stale.headers.get('etag')]).toEqual([412, '"1"']);
    const { status, body } = await ask(`DELETE ${path}`);
    expect([status, body]).toEqual([200, made]);
    for (const method of ['DELETE', 'GET', 'PATCH']) {
      const gone = await ask(`${method} ${path}`);
      expect([gone.status, gone.body.error_code], method).toEqual([404, 4]);
    }
    const { slug, name } = made;
    const again = await ask(`POST ${all}`, { json: { slug, name, host: 'free.example' } });
    expect([again.status, again.headers.get('etag')]).toEqual([200, '"3"']);
  });

  test('of twelve at once lets one through', async () => {
    const { slug } = await make();
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask(`DELETE /v1/assemblers/${slug}`)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(404)]);
  });
});

test.each(['POST /v1/assemblers.json', 'PATCH /v1/assemblers/any.json', 'DELETE /v1/assemblers/any.json'])(
  '%s is 401 without a token, and with a bad one, before anything is said of the rest',
  async (line) => {
    for (const token of [null, `muster_${'x'.repeat(43)}`]) {
      const { status, body, headers } = await ask(line, { token });
      expect([status, body.error_code]).toEqual([401, 5]);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  },
);

test('an address is found by slugs with dots, and refuses other methods with 405', async () => {
  await ask(`POST ${all}`, { json: { slug: 'a.json.b', name: 'Dotted' } });
  for (const path of ['/v1/assemblers/a.json.b', '/v1/assemblers/a.json.b.json']) {
    expect((await ask(`GET ${path}`)).body.slug).toBe('a.json.b');
  }
  const { status, headers } = await ask('PUT /v1/assemblers/a.json.b');
  expect([status, headers.get('allow')]).toEqual([405, expect.stringContaining('PATCH')]);
  expect((await ask('GET /v1/assemblers/%E0%A4%A')).status).toBe(400);
});
