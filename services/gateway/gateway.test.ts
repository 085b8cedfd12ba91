import { once } from 'node:events';
import { openLog } from '@muster/runtime/process';
import { expect, test } from 'vitest';
import { ask, deadAddress, openSocket, startCounterpart, startGateway } from './gateway_fixture.ts';

const echo = () =>
  startCounterpart((request, response) => void response.end(`${request.method} ${request.url}`));

test('each address goes to its service', async () => {
  const [tags, assemblers, registry] = await Promise.all(
    ['tags', 'assemblers', 'registry'].map((name) =>
      startCounterpart((_, response) => void response.end(name)),
    ),
  );
  const { url } = await startGateway({
    tags: tags!.url,
    assemblers: assemblers!.url,
    registry: registry!.url,
  });
  expect((await ask(`${url}/api/v1/agents/1/tags/`)).body).toBe('tags');
  expect((await ask(`${url}/v1/assemblers/core.json`)).body).toBe('assemblers');
  expect((await ask(`${url}/api/v1/agents/1`)).body).toBe('registry');
});

test('an unknown address is 404 in the manner and language of its API', async () => {
  const { url } = await startGateway({ tags: await deadAddress() });
  const pyfarm = await ask(`${url}/api/v1/nothing`, { headers: { 'accept-language': 'ru' } });
  expect(pyfarm.status).toBe(404);
  expect(JSON.parse(pyfarm.body)).toEqual({ error: expect.stringMatching(/[а-я]/), code: 'not_found' });
  expect(pyfarm.headers).toMatchObject({ 'content-language': 'ru', 'x-request-id': expect.any(String) });
  const vridlo = await ask(`${url}/v1/nothing`);
  expect(JSON.parse(vridlo.body)).toEqual({ error_code: 4, message: expect.stringContaining('/v1/nothing') });
  const problem = await ask(`${url}/x`, { headers: { accept: 'application/problem+json' } });
  expect(problem.headers['content-type']).toBe('application/problem+json');
});

test('an address of its own answers GET, HEAD and OPTIONS, and 405 with Allow to the rest', async () => {
  const { url } = await startGateway({ tags: await deadAddress() });
  expect(await ask(`${url}/livez?x`)).toMatchObject({ status: 200, body: '{"status":"alive"}' });
  expect(await ask(`${url}/livez`, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await ask(`${url}/livez`, { method: 'OPTIONS' })).toMatchObject({
    status: 204,
    headers: { allow: 'GET, HEAD, OPTIONS' },
  });
  const refused = await ask(`${url}/livez`, { method: 'POST', body: '{}' });
  expect(refused).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } });
  expect((await ask(`${url}/constructor`)).status).toBe(404);
});

test('64 header fields pass, 65 are 431', async () => {
  const { url } = await startGateway({ tags: (await echo()).url });
  // Host and Connection are fields too.
  const fields = (n: number) => Object.fromEntries(Array.from({ length: n - 2 }, (_, i) => [`x-${i}`, '1']));
  expect((await ask(`${url}/api/v1/tags/`, { headers: fields(64) })).status).toBe(200);
  const refused = await ask(`${url}/api/v1/tags/`, { headers: fields(65) });
  expect(refused.status).toBe(431);
  expect(JSON.parse(refused.body).code).toBe('headers_too_large');
  expect((await ask(`${url}/api/v1/tags/`, { headers: { 'x-long': 'a'.repeat(9_000) } })).status).toBe(431);
});

test('Upgrade is ignored and CONNECT refused', async () => {
  const { url } = await startGateway({ tags: (await echo()).url });
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  expect(await ask(`${url}/api/v1/tags/`, { headers })).toMatchObject({
    status: 200,
    body: 'GET /api/v1/tags/',
  });
  const socket = await openSocket(url);
  socket.write('CONNECT db.example:27017 HTTP/1.1\r\nHost: db.example:27017\r\n\r\n');
  const [data] = await once(socket, 'data');
  expect(String(data)).toMatch(/^HTTP\/1\.1 405 /);
});

test('two contradicting lengths of a body are refused, and nothing is passed on', async () => {
  let seen = 0;
  const service = await startCounterpart((_, response) => {
    seen += 1;
    response.end();
  });
  const { url } = await startGateway({ tags: service.url });
  const socket = await openSocket(url);
  socket.write(
    'POST /api/v1/tags/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
  );
  const [data] = await once(socket, 'data');
  expect(String(data)).toMatch(/^HTTP\/1\.1 400 /);
  expect(seen).toBe(0);
});

test('a request is one line of the log, told at info only where it failed, without its query, token or body', async () => {
  const lines: [level: string, line: object][] = [];
  const told = (level: string) => ({ value: (line: object) => lines.push([level, line]) });
  const log = Object.create(openLog('gateway', 'silent'), { debug: told('debug'), info: told('info') });
  const { url } = await startGateway({ tags: (await echo()).url, registry: 'http://127.0.0.1:1' }, { log });
  const headers = { authorization: 'Bearer muster_secret', 'x-request-id': 'id-1' };
  await ask(`${url}/api/v1/tags/a%2Fb?token=muster_secret`, { headers });
  await ask(`${url}/api/v1/jobs/1?token=muster_secret`, { headers });
  const requests = lines.filter(([, line]) => 'path' in line);
  const common = { method: 'GET', requestId: 'id-1', ms: expect.any(Number) };
  expect(requests).toEqual([
    ['debug', { ...common, path: '/api/v1/tags/a%2Fb', status: 200 }],
    ['info', { ...common, path: '/api/v1/jobs/1', status: 503 }],
  ]);
  expect(JSON.stringify(lines)).not.toContain('muster_secret');
});
