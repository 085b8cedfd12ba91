import { expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';
import { eventually } from './eventually.ts';

const farm = await farmClient();
const { fetch } = farm;
const all = '/v1/assemblers.json';
const at = (slug: string) => `/v1/assemblers/${slug}.json`;
const record = () => {
  const slug = freshName('asm');
  return {
    slug,
    name: `Assembler ${slug}`,
    host: `${slug}.example.org`,
    export_path_base: `/export/${slug}`,
  };
};

test('a new record is answered whole, at both spellings of its address', async () => {
  const given = record();
  const made = await fetch('POST', all, { json: given });
  expect([made.status, made.body]).toEqual([200, { ...given, source_path_count: 0 }]);
  for (const path of [at(given.slug), `/v1/assemblers/${given.slug}`]) {
    const { status, body, headers } = await fetch('GET', path);
    expect([status, body]).toEqual([200, made.body]);
    expect(headers.get('cache-control')).toBe('public, max-age=3600');
  }
});

test.each(['/v1/assemblers.json', '/v1/assemblers'])(
  'POST %s takes query, form, multipart and JSON',
  async (path) => {
    const { host: _, export_path_base: __, ...fields } = record();
    const manners = [
      (given: typeof fields) => fetch('POST', `${path}?${new URLSearchParams(given)}`),
      (given: typeof fields) => fetch('POST', path, { form: given }),
      (given: typeof fields) => fetch('POST', path, { multipart: given }),
      (given: typeof fields) => fetch('POST', path, { json: given }),
    ];
    for (const [index, send] of manners.entries()) {
      const given = { slug: `${fields.slug}-${index}`, name: `Сборщик №${index} & ${fields.name}` };
      const { status, body } = await send(given);
      expect([status, body]).toEqual([
        200,
        { ...given, host: null, source_path_count: 0, export_path_base: null },
      ]);
    }
  },
);

test.each(['json', 'form', 'multipart'] as const)(
  'in a mix of query and %s the body wins',
  async (manner) => {
    const { slug, name } = record();
    const query = new URLSearchParams({ slug: 'from-the-query', name });
    const { status, body } = await fetch('POST', `${all}?${query}`, { [manner]: { slug } });
    expect([status, body]).toMatchObject([200, { slug, name }]);
    expect((await fetch('GET', at('from-the-query'))).status).toBe(404);
  },
);

test('a blank optional field is absent, on POST and on PATCH', async () => {
  const { slug, name } = record();
  const made = await fetch('POST', all, { form: { slug, name, host: '', export_path_base: ' ' } });
  expect([made.status, made.body]).toMatchObject([200, { host: null, export_path_base: null }]);
  const patched = await fetch('PATCH', at(slug), { json: { name: '', host: '  ', export_path_base: null } });
  expect(patched.status).toBe(204);
  const changed = await fetch('PATCH', at(slug), { form: { name: '', export_path_base: '/new' } });
  expect([changed.status, changed.body]).toMatchObject([200, { name, export_path_base: '/new' }]);
});

test('a blank mandatory field is missing: 422.1', async () => {
  for (const [field, json] of [
    ['slug', { slug: '', name: freshName() }],
    ['name', { slug: freshName(), name: '  ' }],
    ['slug', {}],
  ] as const) {
    const { status, body } = await fetch('POST', all, { json });
    expect([status, body]).toMatchObject([422, { error_code: 1, message: expect.stringContaining(field) }]);
  }
});

test.each([
  ['slug', ['-a', '.a', '_a', 'A', 'a b', 'я', 'a/b', 'a.json', '.json', 'x'.repeat(65), 1, true, [], {}]],
  ['name', ['x'.repeat(256), '🐮'.repeat(256), 1, [], {}]],
  ['host', ['-a', 'a b', 'http://a', 'a:', 'a:x', 'a:123456', 'a/b', '[::1', 'x'.repeat(256), 1]],
  ['export_path_base', ['export', './a', '/a/../b', '/..', '/a/..', `/${'x'.repeat(1024)}`, 1]],
  ['source_path_count', [0, 1, '3']],
  ['colour', ['red', 1, null]],
])('POST and PATCH refuse an unfit %s with 422.1 that names it', async (field, values) => {
  const { slug } = await farm.newAssembler();
  const before = await fetch('GET', at(slug));
  for (const value of values) {
    const { host: _, export_path_base: __, ...fields } = record();
    const answers = [
      await fetch('POST', all, { json: { ...fields, [field]: value } }),
      ...(value === null || field === 'slug'
        ? []
        : [await fetch('PATCH', at(slug), { json: { [field]: value } })]),
    ];
    for (const { status, body } of value === null ? [] : answers) {
      expect([value, status, body]).toMatchObject([
        value,
        422,
        { error_code: 1, message: expect.stringContaining(field) },
      ]);
    }
  }
  expect((await fetch('GET', at(slug))).body).toEqual(before.body);
});

test.each([
  ['slug', ['0', 'a', 'a.b', 'a_b-c', 'a.json.b', 'json', 'x'.repeat(64 - 14)]],
  ['host', ['a', '10.0.0.1', 'A.Example.ORG:8080', '[::1]:80', 'a_b.example']],
  ['export_path_base', ['/', '/a', '/a/', '/a..b', '/...', '/с пробелом']],
])('POST takes a fit %s', async (field, values) => {
  for (const value of values) {
    const own = freshName('');
    const made = { ...record(), [field]: field === 'export_path_base' ? value : unique(field, value, own) };
    const { status, text } = await fetch('POST', all, { json: made });
    expect([value, status, text]).toEqual([value, 200, expect.any(String)]);
    expect((await fetch('DELETE', at(made.slug))).status).toBe(200);
  }
});

/** A fit slug or host made a test's own by letters after or before it. */
const unique = (field: string, value: string, own: string) =>
  field === 'slug' || value.startsWith('[') || /^\d/.test(value)
    ? field === 'slug'
      ? `${value}${own}`
      : value
    : `x${own}${value}`;

test('slug, name and host are unique among the living, host in any case: 422.2 naming the field', async () => {
  const taken = record();
  await fetch('POST', all, { json: taken });
  const { slug } = await farm.newAssembler();
  for (const [field, value] of [
    ['slug', taken.slug],
    ['name', taken.name],
    ['host', taken.host.toUpperCase()],
  ] as const) {
    const message = expect.stringContaining(field);
    const posted = await fetch('POST', all, { json: { ...record(), [field]: value } });
    expect([field, posted.status, posted.body]).toMatchObject([field, 422, { error_code: 2, message }]);
    if (field === 'slug') continue;
    const patched = await fetch('PATCH', at(slug), { json: { [field]: value } });
    expect([field, patched.status, patched.body]).toMatchObject([field, 422, { error_code: 2, message }]);
  }
  const destroyed = await fetch('DELETE', at(taken.slug));
  expect([destroyed.status, destroyed.body]).toEqual([200, { ...taken, source_path_count: 0 }]);
  // A destroyed one's are free again.
  expect((await fetch('POST', all, { json: taken })).status).toBe(200);
});

test('PATCH answers 200 with what changed, 204 for nothing, by query, form, multipart and JSON', async () => {
  const { slug } = await farm.newAssembler();
  const manners = [
    (fields: Record<string, string>) => fetch('PATCH', `${at(slug)}?${new URLSearchParams(fields)}`),
    (fields: Record<string, string>) => fetch('PATCH', at(slug), { form: fields }),
    (fields: Record<string, string>) => fetch('PATCH', at(slug), { multipart: fields }),
    (fields: Record<string, string>) => fetch('PATCH', at(slug), { json: fields }),
  ];
  for (const send of manners) {
    const { name, host, export_path_base } = record();
    const changed = await send({ name, host, export_path_base });
    const now = { slug, name, host, source_path_count: 0, export_path_base };
    expect([changed.status, changed.body]).toEqual([200, now]);
    const same = await send({ name, host: host.toUpperCase(), export_path_base });
    expect([same.status, same.text]).toEqual([204, '']);
    expect((await fetch('GET', at(slug))).body).toEqual(now);
  }
});

test('PATCH never changes the slug', async () => {
  const { slug } = await farm.newAssembler();
  const { status, body } = await fetch('PATCH', at(slug), { json: { slug: freshName('asm') } });
  expect([status, body]).toMatchObject([422, { error_code: 1, message: expect.stringContaining('slug') }]);
});

test('names are normalised: the same name in NFC and NFD is not unique', async () => {
  const name = `${freshName()} é`;
  const first = await farm.newAssembler({ name: name.normalize('NFD') });
  expect(first.name).toBe(name.normalize('NFC'));
  const { status, body } = await fetch('POST', all, { json: { slug: freshName('asm'), name } });
  expect([status, body]).toMatchObject([422, { error_code: 2 }]);
});

test('source_path_count follows its owner’s source paths, one by one, and may not be given', async () => {
  const { slug } = await farm.newAssembler();
  const counts = async (expected: number) =>
    eventually(async () =>
      expect((await fetch('GET', at(slug))).body).toMatchObject({ source_path_count: expected }),
    );
  const paths = [
    await farm.newSourcePath(slug),
    await farm.newSourcePath(slug),
    await farm.newSourcePath(slug),
  ];
  await counts(3);
  await fetch('DELETE', `/v1/source_paths/${paths[0]?.id}.json`);
  await counts(2);
  expect((await fetch('DELETE', at(slug))).body).toMatchObject({ source_path_count: 2 });
});

test('source paths that were there before their assembler are counted too', async () => {
  const slug = freshName('asm');
  await farm.newSourcePath(slug);
  await farm.newSourcePath(slug);
  await farm.newAssembler({ slug });
  await eventually(async () =>
    expect((await fetch('GET', at(slug))).body).toMatchObject({ source_path_count: 2 }),
  );
});
