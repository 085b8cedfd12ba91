import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';

const farm = await farmClient();
const { fetch } = farm;
const agents = '/api/v1/agents/';
const jobs = '/api/v1/jobs/';
const sourcePaths = '/v1/source_paths.json';
const nothingKnown = { port: null, ram: null, free_ram: null, cpus: null, remote_ip: null, state: 'online' };

test('POST /agents/ registers under a new id, or the one given in any spelling; answers where it is', async () => {
  const hostname = freshName('agent');
  const made = await fetch('POST', agents, { json: { hostname } });
  const { id } = made.body as { id: string };
  expect([made.status, made.body]).toEqual([201, { id, hostname, ...nothingKnown }]);
  expect(made.headers.get('location')).toBe(`/api/v1/agents/${id}`);
  const own = randomUUID();
  const given = await fetch('POST', '/api/v1/agents', {
    json: { hostname, id: own.replaceAll('-', '').toUpperCase() },
  });
  expect([given.status, given.body]).toMatchObject([201, { id: own, hostname }]);
});

test('POST /agents/ for an id that exists changes the fields given, and answers 200', async () => {
  const all = { port: 50000, ram: 2048, free_ram: 1024, cpus: 8, remote_ip: '10.0.0.7', state: 'running' };
  const { id, hostname } = await farm.newAgent();
  const changed = await fetch('POST', agents, { json: { id, hostname, ...all } });
  expect([changed.status, changed.body]).toEqual([200, { id, hostname, ...all }]);
  const again = await fetch('POST', agents, { json: { id, hostname: 'renamed', state: 'offline' } });
  expect([again.status, again.body]).toEqual([200, { id, ...all, hostname: 'renamed', state: 'offline' }]);
  expect((await fetch('GET', `${agents}${id}`)).body).toEqual(again.body);
});

test('an agent is found by its id in any spelling; hostnames need not be unique', async () => {
  const { id, hostname } = await farm.newAgent();
  for (const spelling of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
    expect((await fetch('GET', `${agents}${spelling}`)).body).toMatchObject({ id });
  }
  expect((await fetch('POST', agents, { json: { hostname } })).status).toBe(201);
});

test.each([
  ['hostname', ['', 'x'.repeat(256), 1, null, [], {}]],
  ['id', ['x', '', 1, [], '0'.repeat(31)]],
  ['port', [0, 65536, 1.5, '80', {}]],
  ['ram', [-1, 1.5, '1', 2 ** 40]],
  ['free_ram', [-1, true]],
  ['cpus', [-1, 'all']],
  ['remote_ip', ['', 'x'.repeat(46), 1]],
  ['state', ['lost', '', 1, null]],
  ['colour', ['red']],
])('POST /agents/ refuses an unfit %s with 400 that names it', async (field, values) => {
  for (const value of values) {
    const { status, body } = await fetch('POST', agents, { json: { hostname: 'a', [field]: value } });
    expect([value, status, body]).toMatchObject([value, 400, { error: expect.stringContaining(field) }]);
  }
});

test('DELETE /agents/<id> is 204, also when there was none; the id may be registered again', async () => {
  const { id, hostname } = await farm.newAgent();
  for (const _ of ['there', 'gone']) expect((await fetch('DELETE', `${agents}${id}`)).status).toBe(204);
  expect((await fetch('GET', `${agents}${id}`)).status).toBe(404);
  for (const unfit of ['x', '1', '9'.repeat(30)]) {
    expect((await fetch('DELETE', `${agents}${unfit}`)).status).toBe(204);
    expect((await fetch('GET', `${agents}${unfit}`)).status).toBe(404);
  }
  expect((await fetch('POST', agents, { json: { id, hostname } })).status).toBe(201);
});

test('POST /jobs/ gives integer ids that are never given out again', async () => {
  const title = `${freshName('job')} Фильм №1`;
  const made = await fetch('POST', jobs, { json: { title } });
  const { id } = made.body as { id: number };
  expect([made.status, made.body]).toEqual([201, { id: expect.any(Number), title, state: 'queued' }]);
  expect(made.headers.get('location')).toBe(`/api/v1/jobs/${id}`);
  expect((await fetch('GET', `${jobs}${id}`)).body).toEqual(made.body);
  for (const _ of ['there', 'gone']) expect((await fetch('DELETE', `${jobs}${id}`)).status).toBe(204);
  expect((await farm.newJob()).id).not.toBe(id);
  for (const unfit of ['0', `0${id}`, 'x', '9'.repeat(30)]) {
    expect([unfit, (await fetch('GET', `${jobs}${unfit}`)).status]).toEqual([unfit, 404]);
  }
});

test.each([
  ['title', ['', 'x'.repeat(256), 1, null]],
  ['state', ['lost', 1]],
  ['id', [1]],
])('POST /jobs/ refuses an unfit %s with 400 that names it', async (field, values) => {
  for (const value of values) {
    const { status, body } = await fetch('POST', jobs, { json: { title: 'a', [field]: value } });
    expect([value, status, body]).toMatchObject([value, 400, { error: expect.stringContaining(field) }]);
  }
  expect((await fetch('POST', jobs, { json: {} })).body).toMatchObject({
    error: expect.stringContaining('title'),
  });
});

test.each(['queued', 'paused', 'running', 'done', 'failed'])(
  'POST /jobs/ takes the state %s',
  async (state) => {
    expect((await fetch('POST', jobs, { json: { title: 'a', state } })).body).toMatchObject({ state });
  },
);

test.each([
  [agents, () => farm.newAgent()],
  [jobs, () => farm.newJob()],
])('GET %s lists by id, and pages by limit and after reach each once', async (path, make) => {
  for (let n = 0; n < 5; n += 1) await make();
  const all = (await fetch('GET', path)).body as { id: string | number }[];
  const seen: unknown[] = [];
  let next: string | undefined = `${path}?limit=2`;
  while (next !== undefined && seen.length < 1_000) {
    const { body, headers } = await fetch('GET', next);
    seen.push(...(body as object[]));
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(seen.slice(0, 1_000)).toEqual(all.slice(0, seen.length));
  for (const query of ['limit=0', 'limit=x', 'after=-', 'after=1&after=2', 'colour=red']) {
    const { status, body } = await fetch('GET', `${path}?${query}`);
    expect([status, body]).toMatchObject([
      400,
      { error: expect.stringContaining(query.split('=')[0] ?? '') },
    ]);
  }
});

test('a source path is added, found, and destroyed once; both spellings are served', async () => {
  const given = {
    name: freshName('path'),
    assembler_slug: 'core',
    relative_path: 'a/b',
    branch: 'p11',
    arch: 'aarch64',
  };
  const made = await fetch('POST', '/v1/source_paths', { form: given });
  const { id } = made.body as { id: string };
  expect([made.status, made.body]).toEqual([200, { id: expect.any(String), ...given }]);
  for (const path of [`/v1/source_paths/${id}.json`, `/v1/source_paths/${id}`]) {
    expect((await fetch('GET', path)).body).toEqual(made.body);
  }
  const destroyed = await fetch('DELETE', `/v1/source_paths/${id}.json`);
  expect([destroyed.status, destroyed.body]).toEqual([200, made.body]);
  const again = await fetch('DELETE', `/v1/source_paths/${id}.json`);
  expect([again.status, again.body]).toMatchObject([404, { error_code: 4 }]);
  expect((await fetch('GET', `/v1/source_paths/${id}`)).status).toBe(404);
});

test('POST /v1/source_paths.json takes null and blank for absent', async () => {
  const fields = { name: 'a', assembler_slug: 'core' };
  for (const blank of ['', ' ', null]) {
    const { body } = await fetch('POST', sourcePaths, { json: { ...fields, branch: blank, arch: blank } });
    expect(body).toMatchObject({ branch: null, arch: null, relative_path: null });
  }
});

test.each([
  ['name', ['', 'x'.repeat(256), 1]],
  ['assembler_slug', ['', '-', 'a.json', 1]],
  ['relative_path', ['x'.repeat(1025), 1]],
  ['branch', ['x'.repeat(256), []]],
  ['arch', ['x'.repeat(65), {}]],
  ['id', [randomUUID()]],
])('POST /v1/source_paths.json refuses an unfit %s with 422.1 that names it', async (field, values) => {
  for (const value of values) {
    const json = { name: 'a', assembler_slug: 'core', [field]: value };
    const { status, body } = await fetch('POST', sourcePaths, { json });
    expect([value, status, body]).toMatchObject([
      value,
      422,
      { error_code: 1, message: expect.stringContaining(field) },
    ]);
  }
});
