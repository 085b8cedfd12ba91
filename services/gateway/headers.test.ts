import { peerReader } from '@muster/runtime/http';
import { expect, test } from 'vitest';
import { ask, openSocket, startCounterpart, startGateway } from './gateway_fixture.ts';

/** A gateway before a service that answers with the header it saw, and whatever header the test wants. */
async function mirror(answer: Record<string, string | string[]> = {}, trusted = '') {
  const service = await startCounterpart((request, response) => {
    response.writeHead(200, answer);
    response.end(JSON.stringify({ url: request.url, headers: request.headers, raw: request.rawHeaders }));
  });
  const { url } = await startGateway({ tags: service.url }, { trusted });
  return async (path: string, headers: Record<string, string | string[]> = {}) => {
    const { body, ...rest } = await ask(`${url}${path}`, { headers });
    return {
      ...rest,
      seen: JSON.parse(body) as { url: string; headers: Record<string, string>; raw: string[] },
    };
  };
}

test.each([
  '/api/v1/tags/a%2Fb?x=%2F&x=1',
  '/api/v1/tags/%E0%A4%A',
  '/api/v1/tags/a%00b',
  '/api/v1/tags/a/../b?',
  '/api/v1/tags/a;b=c//',
])('the gateway forwards %s as it was sent', async (path) => {
  const send = await mirror();
  expect((await send(path)).seen.url).toBe(path);
});

test('the gateway takes an address in absolute form', async () => {
  const service = await startCounterpart((request, response) => void response.end(request.url));
  const { url } = await startGateway({ tags: service.url });
  const socket = await openSocket(url);
  socket.write(
    'GET http://farm.example/api/v1/tags/?limit=1 HTTP/1.1\r\nHost: farm.example\r\nConnection: close\r\n\r\n',
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/\/api\/v1\/tags\/\?limit=1$/);
});

test('hop-by-hop fields, and those that Connection names, are not passed on', async () => {
  const send = await mirror();
  const { seen } = await send('/api/v1/tags/', {
    connection: 'keep-alive, X-Secret, Authorization',
    'x-secret': '1',
    authorization: 'Bearer x',
    'keep-alive': 'timeout=3',
    te: 'trailers',
    'proxy-authorization': 'Basic x',
    'proxy-connection': 'keep-alive',
    upgrade: 'websocket',
    'x-kept': 'yes',
    accept: 'text/plain',
  });
  const { connection, host, ...headers } = seen.headers;
  expect(connection).toBe('keep-alive');
  expect(Object.keys(headers).toSorted()).toEqual(
    [
      'accept',
      'traceparent',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-kept',
      'x-request-id',
    ].toSorted(),
  );
});

test('hop-by-hop fields of an answer, and those that its Connection names, are not passed back', async () => {
  const send = await mirror({
    Connection: 'keep-alive, X-Inner',
    'X-Inner': '1',
    'Proxy-Authenticate': 'Basic',
    ETag: '"7"',
    'Set-Cookie': ['a=1', 'b=2'],
  });
  const { headers } = await send('/api/v1/tags/');
  expect(headers).not.toHaveProperty('x-inner');
  expect(headers).not.toHaveProperty('proxy-authenticate');
  expect(headers).toMatchObject({ etag: '"7"', 'set-cookie': ['a=1', 'b=2'] });
});

test('X-Forwarded-* of a client that nobody trusts are overwritten, and Forwarded is dropped', async () => {
  const send = await mirror();
  const { seen } = await send('/api/v1/tags/', {
    host: 'farm.example:8080',
    'x-forwarded-for': ['6.6.6.6', '7.7.7.7'],
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-port': '443',
    forwarded: 'for=6.6.6.6;proto=https',
  });
  expect(seen.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'farm.example:8080',
  });
  expect(seen.headers).not.toHaveProperty('x-forwarded-port');
  expect(seen.headers).not.toHaveProperty('forwarded');
  expect(seen.headers.host).not.toBe('farm.example:8080');
});

test('a trusted proxy is believed about its client and about TLS', async () => {
  const send = await mirror({}, '127.0.0.0/8');
  const { seen } = await send('/api/v1/tags/', {
    'x-forwarded-for': '6.6.6.6, 7.7.7.7',
    'x-forwarded-proto': 'https',
  });
  expect(seen.headers).toMatchObject({ 'x-forwarded-for': '7.7.7.7', 'x-forwarded-proto': 'https' });
  expect(() => peerReader('nonsense')).toThrow();
});

test('a fit X-Request-Id and traceparent are carried through and returned, others are made', async () => {
  const send = await mirror({ 'X-Request-Id': 'of-the-service', Traceparent: 'nonsense' });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const given = await send('/api/v1/tags/', { 'x-request-id': 'my-id.1', traceparent });
  expect(given.seen.headers).toMatchObject({ 'x-request-id': 'my-id.1', traceparent });
  expect(given.headers).toMatchObject({ 'x-request-id': 'my-id.1', traceparent });
  const made = await send('/api/v1/tags/', { 'x-request-id': 'a b"c', traceparent: '00-x' });
  expect(made.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  expect(made.seen.headers['x-request-id']).toBe(made.headers['x-request-id']);
  expect(made.seen.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-/);
});
