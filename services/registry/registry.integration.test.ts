import { randomUUID } from 'node:crypto';
import { type Ask, asker, startTestServices, type TestServices } from '@muster/dev';
import { lookupClient, type NatsLink, openLog, openNats } from '@muster/runtime';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let services: TestServices;
let ask: Ask;
let link: NatsLink;
const agents = '/api/v1/agents/';
const jobs = '/api/v1/jobs/';
const paths = '/v1/source_paths.json';

beforeAll(async () => {
  services = await startTestServices(inject('serverBinaries'));
  const { url = '' } = await services.start('registry');
  ask = asker(url, services.token);
  link = openNats({ url: services.servers.natsUrl, name: 'test', log: openLog('test', 'silent') });
});
afterAll(async () => {
  await link?.drain();
  await services?.stop();
});

describe('agents', () => {
  const state = {
    hostname: 'h1',
    port: null,
    ram: null,
    free_ram: null,
    cpus: null,
    remote_ip: null,
    state: 'online',
  };

  test('POST makes one under an id of its own: 201, its address and every field', async () => {
    const { status, body, headers } = await ask(`POST ${agents}`, { json: { hostname: 'h1' } });
    expect([status, body]).toEqual([201, { id: body.id, ...state }]);
    expect(headers.get('location')).toBe(`/api/v1/agents/${body.id}`);
    const got = await ask(`GET ${headers.get('location')}`, { token: null });
    expect([got.status, got.body, got.headers.get('etag')]).toEqual([200, body, '"1"']);
  });

  test('POST with an id is 201 once, then 200 with what is given changed and nothing else', async () => {
    const id = randomUUID();
    const first = await ask(`POST ${agents}`, { json: { id: id.toUpperCase(), hostname: 'h1', cpus: 4 } });
    expect([first.status, first.body.id]).toEqual([201, id]);
    const bare = id.replaceAll('-', '');
    const again = await ask('POST /api/v1/agents', { json: { id: bare, hostname: 'h2', ram: null } });
    expect([again.status, again.headers.get('etag')]).toEqual([200, '"2"']);
    expect(again.body).toEqual({ ...state, id, hostname: 'h2', cpus: 4 });
    const same = await ask(`POST ${agents}`, { json: { id, hostname: 'h2' } });
    expect([same.status, same.headers.get('etag')]).toEqual([200, '"2"']);
    expect((await ask(`GET ${agents}${bare}`)).body).toEqual(again.body);
  });

  test('twelve POSTs of one id at once make it once', async () => {
    const id = randomUUID();
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, n) => ask(`POST ${agents}`, { json: { id, hostname: `h${n}` } })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array(11).fill(200), 201]);
  });

  test('DELETE is 204, also when there is none; made again it is new', async () => {
    const id = randomUUID();
    await ask(`POST ${agents}`, { json: { id, hostname: 'h1', cpus: 4 } });
    const stale = await ask(`DELETE ${agents}${id}`, { headers: { 'if-match': '"9"' } });
    expect([stale.status, stale.headers.get('etag')]).toEqual([412, '"1"']);
    for (const [tag, status] of [['"1"', 204] as const, ['*', 412] as const]) {
      expect((await ask(`DELETE ${agents}${id}`, { headers: { 'if-match': tag } })).status).toBe(status);
    }
    expect((await ask(`DELETE ${agents}${id}`)).status).toBe(204);
    const gone = await ask(`GET ${agents}${id}`, { headers: { 'accept-language': 'ru' } });
    expect([gone.status, gone.body.code]).toEqual([404, 'not_found']);
    expect(gone.body.error).toMatch(/[а-я]/);
    const again = await ask(`POST ${agents}`, { json: { id, hostname: 'h1' } });
    expect([again.status, again.body.cpus, again.headers.get('etag')]).toEqual([201, null, '"3"']);
  });

  test.each([
    ['id', { hostname: 'h', id: 'a1' }],
    ['id', { hostname: 'h', id: 7 }],
    ['hostname', {}],
    ['hostname', { hostname: '' }],
    ['hostname', { hostname: 'h'.repeat(256) }],
    ['hostname', { hostname: { $gt: '' } }],
    ['port', { hostname: 'h', port: 65536 }],
    ['state', { hostname: 'h', state: 'tired' }],
    ['colour', { hostname: 'h', colour: 'red' }],
  ])('POST refuses a bad %s with 400', async (field, json) => {
    const { status, body } = await ask(`POST ${agents}`, { json });
    expect([status, body.code]).toEqual([400, 'invalid_argument']);
    expect(body.error).toContain(field);
  });

  test('GET gives all by id, and pages that lead through them', async () => {
    const whole = await ask('GET /api/v1/agents');
    const ids = whole.body.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids.length).toBeGreaterThan(3);
    const paged: unknown[] = [];
    for (let next: string | undefined = `${agents}?limit=2`; next !== undefined; ) {
      const { status, body, headers } = await ask(`GET ${next}`);
      expect([status, body.length <= 2]).toEqual([200, true]);
      paged.push(...body);
      next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(paged).toEqual(whole.body);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'after=x', 'page=1', 'limit=1&limit=2']) {
      expect((await ask(`GET ${agents}?${query}`)).status, query).toBe(400);
    }
  });
});

describe('jobs', () => {
  test('POST gives integers that are never given again, over instances and restarts', async () => {
    const other = await services.start('registry');
    const second = asker(other.url ?? '', services.token);
    const submit = (by: Ask) => by(`POST ${jobs}`, { json: { title: 'render' } });
    const replies = await Promise.all(Array.from({ length: 40 }, (_, n) => submit(n % 2 ? ask : second)));
    await other.stop('SIGKILL');
    await other.start();
    replies.push(await submit(second));
    expect(replies.every(({ status }) => status === 201)).toBe(true);
    const ids = replies.map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(41);
    expect(ids.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
    const last = replies.at(-1);
    expect(last?.body).toEqual({ id: ids.at(-1), title: 'render', state: 'queued' });
    expect(last?.headers.get('location')).toBe(`/api/v1/jobs/${ids.at(-1)}`);
    expect((await ask(`GET ${jobs}${ids.at(-1)}`)).body).toEqual(last?.body);
    expect((await ask(`DELETE ${jobs}${ids.at(-1)}`)).status).toBe(204);
    expect((await submit(second)).body.id).toBeGreaterThan(ids.at(-1));
  });

  test.each(['0', '007', '-1', '1.5', 'x', '9007199254740993', '9'.repeat(30)])(
    'the id %s is no job: GET 404, DELETE 204',
    async (id) => {
      expect((await ask(`GET ${jobs}${id}`)).status).toBe(404);
      expect((await ask(`DELETE ${jobs}${id}`)).status).toBe(204);
    },
  );

  test('POST refuses an id, a blank title and another state with 400', async () => {
    for (const json of [{ title: 'x', id: 4 }, { title: '' }, { title: 'x', state: 'lost' }, [], null]) {
      expect((await ask(`POST ${jobs}`, { json })).status).toBe(400);
    }
  });
});

describe('source paths', () => {
  test('POST, GET and DELETE answer the record; unknown is 404.4', async () => {
    const form = { name: 'core', assembler_slug: 'ca', branch: 'sisyphus', arch: '' };
    const { status, body, headers } = await ask(`POST ${paths}`, { form });
    const record = { ...form, id: body.id, relative_path: null, arch: null };
    expect([status, body, headers.get('etag')]).toEqual([200, record, '"1"']);
    const one = `/v1/source_paths/${body.id}`;
    expect((await ask(`GET ${one}`)).body).toEqual(record);
    expect((await ask(`GET ${one}.json`)).body).toEqual(record);
    expect((await ask(`DELETE ${one}`, { headers: { 'if-match': '"2"' } })).status).toBe(412);
    const deleted = await ask(`DELETE ${one}.json`);
    expect([deleted.status, deleted.body]).toEqual([200, record]);
    for (const line of [
      `DELETE ${one}`,
      `GET ${one}`,
      'GET /v1/source_paths/x',
      'DELETE /v1/source_paths/x',
    ]) {
      const gone = await ask(line);
      expect([gone.status, gone.body.error_code], line).toEqual([404, 4]);
    }
  });

  test('GET goes in pages: 206, the last one 200, then 416', async () => {
    expect((await ask(`GET ${paths}`)).headers.get('content-range')).toBe('items */0');
    for (let n = 0; n < 3; n += 1) await ask(`POST ${paths}?name=p${n}&assembler_slug=ca`);
    const first = await ask(`GET ${paths}?per_page=2`);
    expect([first.status, first.headers.get('content-range')]).toEqual([206, 'items 0-1/3']);
    const last = await ask(`GET ${paths}`, { headers: { 'per-page': '2', page: '2' } });
    expect([last.status, last.headers.get('content-range')]).toEqual([200, 'items 2-2/3']);
    const past = await ask(`GET ${paths}?per_page=2&page=3`);
    expect([past.status, past.body.error_code]).toEqual([416, 7]);
  });

  test('POST refuses with 422.1', async () => {
    for (const json of [{ name: 'x' }, { name: 'x', assembler_slug: 'X Y' }, { id: 'x' }]) {
      const { status, body } = await ask(`POST ${paths}`, { json });
      expect([status, body.error_code]).toEqual([422, 1]);
    }
  });
});

test('writes need a token, unless TAGS_OPEN_WRITES lets everyone write', async () => {
  const lines = [`POST ${agents}`, `DELETE ${agents}x`, `POST ${jobs}`, `DELETE ${jobs}1`, `POST ${paths}`];
  for (const line of lines) expect((await ask(line, { token: null })).status, line).toBe(401);
  const { url = '' } = await services.start('registry', { TAGS_OPEN_WRITES: 'true' });
  const open = asker(url, services.token);
  expect((await open(`POST ${jobs}`, { json: { title: 'x' }, token: null })).status).toBe(201);
  expect(
    (await open(`POST ${jobs}`, { json: { title: 'x' }, token: `muster_${'x'.repeat(43)}` })).status,
  ).toBe(401);
});

test('a look-up knows living and removed records by text, and no others', async () => {
  const lookUp = lookupClient(link, { timeoutMs: 2_000 });
  const agent = (await ask(`POST ${agents}`, { json: { hostname: 'h' } })).body;
  expect(await lookUp('agent', agent.id)).toEqual({ id: agent.id, live: true, v: 1, born: 1, state: agent });
  const job = (await ask(`POST ${jobs}`, { json: { title: 'x' } })).body;
  expect(await lookUp('job', String(job.id))).toMatchObject({ id: String(job.id), live: true, state: job });
  await ask(`DELETE ${jobs}${job.id}`);
  const removed = { id: String(job.id), live: false, v: 2, born: 1, state: null };
  expect(await lookUp('job', String(job.id))).toEqual(removed);
  for (const id of ['x', '', '999999999', '9'.repeat(40)]) {
    expect(await Promise.all([lookUp('agent', id), lookUp('job', id)])).toEqual([undefined, undefined]);
  }
});

test('a list longer than one batch of the database is streamed whole, by id', async () => {
  const submit = async (n: number) => ask(`POST ${jobs}`, { json: { title: `${n}` } });
  for (let n = 0; n < 1_200; n += 100)
    await Promise.all(Array.from({ length: 100 }, (_, k) => submit(n + k)));
  const { status, body, headers } = await ask(`GET ${jobs}`);
  expect([status, headers.get('content-length')]).toEqual([200, null]);
  expect(body.length).toBeGreaterThanOrEqual(1_200);
  const ids = body.map(({ id }: { id: number }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
});

test('a MongoDB that is away is 503 with Retry-After within 5 s; a service that starts then serves once it is back', async () => {
  const { mongod } = services.servers;
  await mongod.stop();
  const starting = services.start('registry');
  for (const line of [`GET ${agents}`, `GET ${jobs}1`, `DELETE ${jobs}1`, `GET ${paths}`]) {
    const began = Date.now();
    const { status, headers } = await ask(line);
    expect([status, Number(headers.get('retry-after')) > 0], line).toEqual([503, true]);
    expect(Date.now() - began).toBeLessThan(5_000);
  }
  await mongod.start();
  const { url = '' } = await starting;
  for (const instance of [ask, asker(url, services.token)]) {
    expect((await instance(`POST ${jobs}`, { json: { title: 'after' } })).status).toBe(201);
  }
});
