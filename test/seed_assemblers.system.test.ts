/**
 * Every example of the document vridlo.assemblers, sent as it is written there: `GET:/address` is a request line, `DATA:` a JSON
 * body. The trailing commas of its bodies are broken JSON (400); mended, they answer as shown. `422.3` and the "423" of the
 * examples need a farm that requires TLS: see strict_tls.system.test.ts.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { farmClient } from './client.ts';
import { eventually } from './eventually.ts';
import { replay } from './replay.ts';

const farm = await farmClient();
const { fetch } = farm;
const json = { 'Content-Type': 'application/json' };

async function clean(): Promise<void> {
  for (const slug of ['ca', 'sa', 'asse']) await fetch('DELETE', `/v1/assemblers/${slug}.json`);
}
beforeAll(clean);
afterAll(clean);

const ca = {
  slug: 'ca',
  name: 'Core Assembler',
  host: 'assembler.altlinux.org',
  source_path_count: 0,
  export_path_base: '/export/path/to',
};
const sa = {
  slug: 'sa',
  name: 'Secondary Assembler',
  host: 'secondary.altlinux.org',
  source_path_count: 0,
  export_path_base: '/export/path/to/sec/',
};

test('POST:/v1/assemblers.json?name=assembler_name&slug=asse of the document: 200 with the record', async () => {
  const { status, body } = await replay(fetch, 'POST /v1/assemblers.json?name=assembler_name&slug=asse');
  const shown = {
    slug: 'asse',
    name: 'assembler_name',
    host: null,
    source_path_count: 0,
    export_path_base: null,
  };
  expect([status, body]).toEqual([200, shown]);
});

test('POST:/v1/assemblers.json of the document: its trailing comma is 400; mended, 200 with the record', async () => {
  const written = `
POST /v1/assemblers.json

{
  "slug": "ca",
  "name": "Core Assembler",
  "host": "assembler.altlinux.org",
  "export_path_base": "/export/path/to",
}`;
  const refused = await replay(fetch, written, json);
  expect([refused.status, refused.body]).toMatchObject([400, { error_code: 1 }]);
  expect((await fetch('GET', '/v1/assemblers/ca')).status).toBe(404);
  const made = await replay(fetch, written.replace('to",', 'to"'), json);
  expect([made.status, made.body]).toEqual([200, ca]);
});

test('GET:/v1/tags.json of the document is a slip for /v1/assemblers.json: nothing is there', async () => {
  expect((await replay(fetch, 'GET /v1/tags.json')).body).toMatchObject({ error_code: 4 });
});

test('GET:/v1/assemblers.json of the document: the records by slug, with the numbers of their source paths', async () => {
  const { source_path_count: _, ...fields } = sa;
  expect((await fetch('POST', '/v1/assemblers.json', { json: fields })).body).toEqual(sa);
  const paths = [];
  for (const slug of ['ca', 'ca', 'ca', 'sa']) paths.push(await farm.newSourcePath(slug));
  await eventually(async () => {
    const found = await everyAssembler();
    const shown = found.filter(({ slug }) => slug === 'ca' || slug === 'sa');
    expect(shown).toEqual([
      { ...ca, source_path_count: 3 },
      { ...sa, source_path_count: 1 },
    ]);
  });
  for (const { id } of paths) await fetch('DELETE', `/v1/source_paths/${id}.json`);
});

test('GET:/v1/assemblers.json past its end: 416 with the message of the document, and its code', async () => {
  const { status, body } = await fetch('GET', '/v1/assemblers.json?page=1000000');
  expect([status, body]).toEqual([416, { message: expect.any(String), error_code: 7 }]);
});

test('GET:/v1/assemblers/ca of the document: 200 with the record', async () => {
  const { status, body } = await replay(fetch, 'GET /v1/assemblers/ca');
  expect([status, body]).toMatchObject([200, { slug: 'ca', name: 'Core Assembler', host: ca.host }]);
});

test('PATCH:/v1/assemblers/ca?name=Core_Assembler of the document: 200 changed, then 204 unchanged', async () => {
  const patch = 'PATCH /v1/assemblers/ca?name=Core_Assembler';
  const changed = await replay(fetch, patch);
  expect([changed.status, changed.body]).toMatchObject([200, { slug: 'ca', name: 'Core_Assembler' }]);
  expect((await replay(fetch, patch)).status).toBe(204);
});

test('PATCH:/v1/tags/tag_name of the document belongs to another page: nothing is there', async () => {
  const written = `
PATCH /v1/tags/tag_name

{
  "description": "Info tag",
}`;
  const { status, body } = await replay(fetch, written, json);
  expect([status, body]).toMatchObject([404, { error_code: 4 }]);
  // At an assembler's address the same body is broken JSON; mended, it names a field that there is not.
  const meant = written.replace('/v1/tags/tag_name', '/v1/assemblers/ca.json');
  expect((await replay(fetch, meant, json)).status).toBe(400);
  const mended = await replay(fetch, meant.replace('tag",', 'tag"'), json);
  expect([mended.status, mended.body]).toMatchObject([
    422,
    { error_code: 1, message: expect.stringContaining('description') },
  ]);
});

test('DELETE:/v1/tags/tag_name of the document belongs to another page; an assembler’s answers 200, then 404', async () => {
  expect((await replay(fetch, 'DELETE /v1/tags/tag_name')).status).toBe(404);
  const destroyed = await replay(fetch, 'DELETE /v1/assemblers/ca.json');
  expect([destroyed.status, destroyed.body]).toMatchObject([200, { slug: 'ca', name: 'Core_Assembler' }]);
  expect((await replay(fetch, 'DELETE /v1/assemblers/ca.json')).status).toBe(404);
});

async function everyAssembler(): Promise<{ slug: string }[]> {
  const found: { slug: string }[] = [];
  for (let page = 1; ; page += 1) {
    const { status, body } = await fetch('GET', `/v1/assemblers.json?per_page=50&page=${page}`);
    found.push(...(body as { slug: string }[]));
    if (status === 200) return found;
  }
}
