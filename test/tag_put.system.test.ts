import { expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';

const farm = await farmClient();
const { fetch } = farm;
const UNKNOWN_AGENT = '11111111-2222-4333-8444-555555555555';
const put = (tag: string | number, json: unknown) => fetch('PUT', `/api/v1/tags/${tag}`, { json });
const get = (tag: string | number) => fetch('GET', `/api/v1/tags/${tag}`);

test('PUT creates under a name, and keeps the id of the tag it replaces', async () => {
  const tag = freshName();
  const made = await put(tag, {});
  expect([made.status, made.body]).toEqual([201, { id: expect.any(Number), tag }]);
  expect(made.headers.get('location')).toBe(`/api/v1/tags/${tag}`);
  expect((await put(tag, { tag })).body).toEqual(made.body);
  expect((await fetch('POST', '/api/v1/tags/', { json: { tag } })).status).toBe(200);
});

test('PUT drops every relation not listed, of assemblers too, and takes a repeated id once', async () => {
  const { id, tag } = await farm.newTag();
  const [first, second, job] = [await farm.newAgent(), await farm.newAgent(), await farm.newJob()];
  const { slug } = await farm.newAssembler();
  await put(tag, { agents: [first.id], jobs: [job.id] });
  await fetch('POST', `/api/v1/tags/${tag}/assemblers/`, { json: { assembler_slug: slug } });
  const dashless = second.id.replaceAll('-', '').toUpperCase();
  expect((await put(id, { agents: [second.id, dashless, second.id] })).status).toBe(201);
  const { body } = await get(tag);
  expect(body).toMatchObject({ id, agents: [{ id: second.id }], jobs: [] });
  expect((body as { agents: object[] }).agents).toHaveLength(1);
  expect((await fetch('GET', `/api/v1/tags/${tag}/assemblers/`)).body).toEqual([]);
});

test('PUT never renames: a name that differs from the address is 400', async () => {
  const { id, tag } = await farm.newTag();
  for (const address of [tag, id]) {
    const { status, body } = await put(address, { tag: freshName('other') });
    expect([status, body]).toMatchObject([400, { error: expect.stringContaining('tag') }]);
  }
  expect((await get(id)).body).toMatchObject({ tag });
});

test('PUT that is refused leaves the old tag whole', async () => {
  const { tag } = await farm.newTag();
  const [agent, job] = [await farm.newAgent(), await farm.newJob()];
  await put(tag, { agents: [agent.id], jobs: [job.id] });
  const before = await get(tag);
  for (const json of [
    { agents: [UNKNOWN_AGENT] },
    { agents: [agent.id], jobs: [987_654_321] },
    { agents: [1] },
    { agents: ['no uuid'] },
    { jobs: ['1'] },
    { jobs: [1.5] },
    { agents: null },
    { assemblers: [] },
    { id: 1 },
  ]) {
    const { status } = await put(tag, json);
    expect([json, status]).toEqual([json, expect.toSatisfy((code) => code === 400 || code === 404)]);
  }
  expect((await get(tag)).body).toEqual(before.body);
});

test('PUT of a new tag that is refused makes none', async () => {
  const tag = freshName();
  expect((await put(tag, { agents: [UNKNOWN_AGENT] })).status).toBe(404);
  expect((await get(tag)).status).toBe(404);
  for (const name of ['.%2e', 'schema%20', '%20a']) {
    expect([name, (await fetch('PUT', `/api/v1/tags/${name}`, { json: {} })).status]).toEqual([name, 400]);
  }
});

test('PUT by an unknown id: 404 without a name, 201 under that id with a free one, and never given out again', async () => {
  const { id: last } = await farm.newTag();
  const id = last + 5_000 + Math.floor(Math.random() * 1_000_000);
  expect((await put(id, {})).status).toBe(404);
  const tag = freshName();
  const made = await put(id, { tag });
  expect([made.status, made.body]).toEqual([201, { id, tag }]);
  expect((await get(tag)).body).toMatchObject({ id });
});

test('PUT by an id that was used is 409, as is a name that another tag has', async () => {
  const [used, other] = [await farm.newTag(), await farm.newTag()];
  await fetch('DELETE', `/api/v1/tags/${used.id}`);
  const again = await put(used.id, { tag: freshName() });
  expect([again.status, again.body]).toMatchObject([409, { code: 'not_unique' }]);
  const taken = await put(other.id + 9_000_000, { tag: other.tag });
  expect([taken.status, taken.body]).toMatchObject([409, { code: 'not_unique' }]);
});

test('PUT by an id that no tag can have is 400 with a name', async () => {
  for (const id of ['0', '007', '9'.repeat(30)]) {
    expect([id, (await put(id, { tag: freshName() })).status]).toEqual([id, 400]);
  }
});

test('PUT takes bodies of up to 1 MiB', async () => {
  const { tag } = await farm.newTag();
  const { id } = await farm.newAgent();
  const agents = Array<string>(20_000).fill(id);
  expect(JSON.stringify(agents).length).toBeGreaterThan(700_000);
  expect((await put(tag, { agents })).status).toBe(201);
  expect((await get(tag)).body).toMatchObject({ agents: [{ id }] });
  expect((await put(tag, { agents: [...agents, ...agents] })).status).toBe(413);
});
