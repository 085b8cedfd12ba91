import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Operation } from '@muster/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog } from '../process/log.ts';
import { type Begun, bindOperation, type Handler } from './begin_operation.ts';
import { directAnswers } from './direct_answers.ts';
import { post, startToyService, statusAndCode } from './edge_fixture.ts';
import { peerReader } from './peer.ts';

let toy: Awaited<ReturnType<typeof startToyService>>;
const asked: string[] = [];

const get: Handler = async ({ params: { id = '' } }) => {
  asked.push(id);
  if (id === 'unknown') throw new AppError('not_found', 'address_unknown', { path: id });
  if (id === 'many') return { status: 200, pieces: pieces() };
  if (id === 'unwritable') return { status: 200, body: { id: 1n } };
  return { status: 200, body: { id, name: 'Grün' }, ...(id === 'plain' ? {} : { revision: 7 }) };
};
async function* pieces() {
  yield '[1,';
  yield '2]';
}

const start = async (
  guards: Parameters<typeof startToyService>[0] = {},
  handlers: Record<string, Handler> = { get },
) => {
  toy?.close();
  asked.length = 0;
  toy = await startToyService(
    { freshness: { asOf: () => Date.now() - 60, boundMs: 1 }, ...guards },
    handlers,
  );
};
beforeEach(() => start());
afterEach(() => toy.close());

const ask = (id: string, headers: Record<string, string> = {}) =>
  fetch(`${toy.url}/api/v1/things/${id}`, { headers: { 'x-request-id': 'mine', ...headers } });
/** koa has to answer whoever states a preference, here one that nobody knows. */
const askKoa = (id: string, headers: Record<string, string> = {}) => ask(id, { prefer: 'none', ...headers });
const changing = new Set(['date', 'traceparent', 'farm-refs-lag-ms']);
const shown = async (answer: Response) => ({
  status: answer.status,
  body: await answer.text(),
  fields: Object.fromEntries([...answer.headers].filter(([name]) => !changing.has(name))),
});

test.each([
  ['a record', 'a', {}],
  ['an answer without a revision', 'plain', {}],
  ['a record to a client that came by TLS', 'a', { 'x-forwarded-proto': 'https' }],
  ['304 to who has it', 'a', { 'if-none-match': '"7"' }],
  ['a refusal', 'unknown', {}],
  ['a stream', 'many', {}],
  ['a defect of ours in the body', 'unwritable', {}],
  ['an address with encoded characters', 'a%2Fb', {}],
] as const)('%s is answered as koa answers it, and made once', async (_what, id, headers) => {
  for (const corsOrigins of ['', 'https://a.example']) {
    await start({ corsOrigins });
    const direct = await shown(await ask(id, headers));
    expect(asked).toHaveLength(1);
    expect(direct).toEqual(await shown(await askKoa(id, headers)));
  }
});

const make: Handler = async ({ input, origin }) => {
  const { tag } = input<{ tag: string }>();
  asked.push(tag);
  if (tag === 'taken') throw new AppError('not_found', 'address_unknown', { path: tag });
  if (tag === 'broken') throw new Error('secret detail');
  if (tag === 'same') return { status: 204, headers: { ETag: '"4"' } };
  return { status: 201, body: { tag, by: origin.by }, revision: 4, headers: { Location: `/things/${tag}` } };
};

const things = '/api/v1/things/';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

test.each([
  ['a record that is made', 1, things, '{"tag":"a"}', {}],
  ['a record from a form', 1, '/v1/forms.json', 'tag=a', form],
  ['a write with If-None-Match', 1, things, '{"tag":"a"}', { 'if-none-match': '"4"' }],
  ['a write that changes nothing', 1, things, '{"tag":"same"}', {}],
  ['a refusal of the handler', 1, things, '{"tag":"taken"}', { 'accept-language': 'ru' }],
  ['a defect of ours', 1, things, '{"tag":"broken"}', {}],
  // It is the handler that asks for the body.
  ['a refused value', 0, things, '{"tag":"far too long"}', {}],
  ['no JSON', 0, things, '{', {}],
  ['another type', 0, things, 'tag=a', form],
  ['a body that is too large', 0, things, `{"tag":"${'a'.repeat(1_100_000)}"}`, {}],
  ['no token', 0, things, '{"tag":"a"}', { authorization: '' }],
] as const)('%s is answered as koa answers it, and done once', async (_what, times, path, body, headers) => {
  await start(
    {
      authorise: async ({ authorization }) => {
        if (authorization === 'Bearer x') return 'dev';
        throw new AppError('token_missing', 'token_missing');
      },
      corsOrigins: 'https://a.example',
    },
    { make, fill: make },
  );
  const told = (more: Record<string, string> = {}) =>
    post(toy.url + path, { body, headers: { 'x-request-id': 'mine', ...headers, ...more } });
  const direct = await shown(await told());
  expect(asked).toHaveLength(times);
  expect(direct).toEqual(await shown(await told({ prefer: 'none' })));
});

test.each(['a', 'same', 'taken'])('what is made of %s is in the trace that the answer tells', async (tag) => {
  const traces: string[] = [];
  const traced: Handler = async (request) => {
    traces.push(request.origin.traceparent);
    return make(request);
  };
  await start({}, { make: traced });
  const answer = await post(toy.url + things, { body: JSON.stringify({ tag }) });
  await answer.text();
  expect([answer.headers.get('traceparent')]).toEqual(traces);
});

test('the lag is that of the beginning, whoever answers', async () => {
  let age = 5_000;
  toy.close();
  toy = await startToyService(
    { freshness: { asOf: () => Date.now() - age, boundMs: 1 } },
    {
      get: async (request) => {
        age = 0;
        return get(request);
      },
    },
  );
  for (const id of ['a', 'unknown', 'many']) {
    age = 5_000;
    const answer = await ask(id);
    expect(Number(answer.headers.get('farm-refs-lag-ms'))).toBeGreaterThanOrEqual(5_000);
    await answer.text();
  }
});

test('each read is counted once against the limit of its client', async () => {
  const statuses: number[] = [];
  await start({ pollLimit: 3 });
  for (const id of ['unknown', 'a', 'unknown', 'a']) {
    const answer = await fetch(`${toy.url}/v1/forms/${id}.json`);
    statuses.push(answer.status);
    await answer.text();
  }
  expect(statuses).toEqual([404, 200, 404, 429]);
});

test('who must come by TLS is told so', async () => {
  await start({ requireTls: true });
  expect(await statusAndCode(await ask('a'))).toEqual([422, 'tls_required']);
  expect(asked).toEqual([]);
  expect((await ask('a', { 'x-forwarded-proto': 'https' })).status).toBe(200);
});

test('what is not just the address of one read goes to koa, with nothing begun', async () => {
  const operation: Operation = {
    ...{ id: 'get', service: 'tags', method: 'GET', summary: '', successes: {}, refusals: [] },
    path: '/things/{id}.json',
  };
  const guards = { authorise: async () => null, requireTls: false, pollLimit: 0, mayWrite: () => true };
  const begun: Begun = new WeakMap();
  const left: string[] = [];
  const listener = directAnswers([bindOperation(operation, get, guards)], {
    ...{ begun, fields: {}, varyByOrigin: false },
    ...{ isFixed: (path) => path === '/things/schema.json', peerOf: peerReader('') },
    log: openLog('test', 'silent'),
  })((request, response) => {
    left.push(`${request.method} ${request.url}${begun.has(request) ? ' begun' : ''}`);
    response.end();
  });
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const paths = [
    '/things/a.json?x=1',
    '/things/schema.json',
    '/things/a%20b.json',
    '/things/a/b.json',
    '/things/.json',
  ];
  const calls = [
    ...paths.map((path) => ({ path })),
    { path: '/things/a.json', method: 'HEAD' },
    { path: '/things/a.json', headers: { origin: 'https://a.example' } },
    { path: '/things/a.json', headers: { 'content-length': '0' } },
    { path: '/things/unknown.json' },
    { path: '/things/a.json' },
  ];
  for (const call of calls) {
    const sent = send({ port, host: '127.0.0.1', ...call }).end();
    const [answer] = await once(sent, 'response');
    await answer.resume();
  }
  server.close();
  expect(left).toEqual([
    ...paths.map((path) => `GET ${path}`),
    'HEAD /things/a.json',
    'GET /things/a.json',
    'GET /things/a.json',
    'GET /things/unknown.json begun',
  ]);
});
