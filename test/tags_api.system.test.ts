import { expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';

const farm = await farmClient();
const { fetch } = farm;
const post = (json: unknown) => fetch('POST', '/api/v1/tags/', { json });
const put = (tag: string | number, json: unknown) =>
  fetch('PUT', `/api/v1/tags/${encodeURIComponent(tag)}`, { json });
const get = (tag: string | number) => fetch('GET', `/api/v1/tags/${encodeURIComponent(tag)}`);

test('POST /tags/ answers where the tag is', async () => {
  const tag = `${freshName()} with blanks/and a slash`;
  const { status, headers, body } = await post({ tag });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/api/v1/tags/${encodeURIComponent(tag)}`);
  const found = await fetch('GET', headers.get('location') ?? '');
  expect(found.body).toMatchObject({ id: (body as { id: number }).id, tag });
});

test('POST /tags/ takes the tag alone: 400 for id, agents and jobs, naming them', async () => {
  for (const field of ['id', 'agents', 'jobs', 'href']) {
    const { status, body } = await post({ tag: freshName(), [field]: field === 'id' ? 1 : [] });
    expect([status, body]).toMatchObject([400, { error: expect.stringContaining(field) }]);
  }
});

test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
  'POST /tags/ takes a body declared as %s',
  async (type) => {
    const body = JSON.stringify({ tag: `${freshName()} я` });
    const { status } = await fetch('POST', '/api/v1/tags/', { body, headers: { 'content-type': type } });
    expect(status).toBe(201);
  },
);

test('POST /tags/ of an existing tag shows its relations', async () => {
  const { tag } = await farm.newTag();
  const [agent, job] = [await farm.newAgent(), await farm.newJob()];
  await put(tag, { agents: [agent.id], jobs: [job.id] });
  const { status, body } = await post({ tag });
  expect([status, body]).toMatchObject([200, { tag, agents: [agent.id], jobs: [job.id] }]);
});

test('both spellings of the collection and of schema are served', async () => {
  for (const end of ['', '/']) {
    expect((await fetch('POST', `/api/v1/tags${end}`, { json: { tag: freshName() } })).status).toBe(201);
    expect((await fetch('GET', `/api/v1/tags${end}`)).status).toBe(200);
    expect((await fetch('GET', `/api/v1/tags/schema${end}`)).status).toBe(200);
  }
});

test.each([
  ['only digits', '12345'],
  ['schema', 'schema'],
  ['a dot', '.'],
  ['two dots', '..'],
  ['a leading blank', ' a'],
  ['a trailing blank', 'a '],
  ['a leading no-break space', '\u00a0a'],
  ['nothing', ''],
  ['65 code points', 'x'.repeat(65)],
  ['65 emoji', '🐮'.repeat(65)],
  ['a lone surrogate', 'a\ud800'],
])('POST /tags/ refuses a name of %s', async (_, tag) => {
  const { status, body } = await post({ tag });
  expect([status, body]).toMatchObject([400, { error: expect.stringContaining('tag') }]);
});

test.each([
  ['64 emoji, each one code point', `${'🐮'.repeat(56)}`, 8],
  ['letters of any script', 'Ярлык 标签 وسم ', 1],
  ['digits and a letter', '12345a', 0],
  ['three dots', '...', 1],
  ['percent and plus', '100%25+1 ', 1],
])('POST /tags/ takes a name of %s', async (_, start, length) => {
  const tag = `${start}${freshName('').slice(1, 1 + Math.max(length, 8))}`;
  const { status } = await post({ tag });
  expect(status).toBe(201);
  expect((await get(tag)).body).toMatchObject({ tag });
});

test('names are case-sensitive, and NFC and NFD of one are the same tag', async () => {
  const name = freshName();
  const upper = await farm.newTag(name.toUpperCase());
  const lower = await farm.newTag(name);
  expect(upper.id).not.toBe(lower.id);
  const composed = await farm.newTag(`${name}-\u00e9`);
  const decomposed = await post({ tag: `${name}-e\u0301` });
  expect([decomposed.status, decomposed.body]).toMatchObject([
    200,
    { id: composed.id, tag: `${name}-\u00e9` },
  ]);
  expect((await get(`${name}-e\u0301`)).body).toMatchObject({ id: composed.id });
});

test('a tag is found by name and by id alike', async () => {
  const { id, tag } = await farm.newTag();
  const [byName, byId] = [await get(tag), await get(id)];
  expect(byId.body).toEqual(byName.body);
  expect((await get(`0${id}`)).status).toBe(404);
});

test('ids that no record can have are unknown: GET 404, DELETE 204', async () => {
  for (const id of ['0', '9007199254740992', '18446744073709551616', '9'.repeat(30)]) {
    expect([(await get(id)).status, (await fetch('DELETE', `/api/v1/tags/${id}`)).status]).toEqual([
      404, 204,
    ]);
  }
});

test('DELETE takes every relation along; the name then makes a new tag under a new id', async () => {
  const { id, tag } = await farm.newTag();
  const agent = await farm.newAgent();
  await put(tag, { agents: [agent.id] });
  expect((await fetch('DELETE', `/api/v1/tags/${tag}`)).status).toBe(204);
  expect([(await get(tag)).status, (await get(id)).status]).toEqual([404, 404]);
  expect((await fetch('GET', `/api/v1/agents/${agent.id}/tags/`)).body).toEqual([]);
  const again = await farm.newTag(tag);
  expect(again.id).not.toBe(id);
  expect(again.agents).toEqual([]);
});

test('GET /tags/ lists by id, and pages by limit and after reach each tag once', async () => {
  const made = [await farm.newTag(), await farm.newTag(), await farm.newTag()];
  const all = (await fetch('GET', '/api/v1/tags/')).body as { id: number }[];
  const ids = all.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  expect(ids).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
  const seen: { id: number }[] = [];
  let next: string | undefined = '/api/v1/tags/?limit=7';
  while (next !== undefined) {
    const { headers, body } = await fetch('GET', next);
    expect((body as object[]).length).toBeLessThanOrEqual(7);
    seen.push(...(body as { id: number }[]));
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(seen).toEqual(all);
});

test.each([
  'limit=0',
  'limit=-1',
  'limit=x',
  'limit=1001',
  'limit=1.5',
  'after=x',
  'after=',
  'page=1',
  'limit=1&limit=2',
])('GET /tags/?%s is 400 and names the argument', async (query) => {
  const { status, body } = await fetch('GET', `/api/v1/tags/?${query}`);
  expect([status, body]).toMatchObject([400, { error: expect.stringContaining(query.split('=')[0] ?? '') }]);
});
