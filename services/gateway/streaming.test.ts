import { once } from 'node:events';
import { get, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, openSocket, startCounterpart, startGateway, until } from './gateway_fixture.ts';

const MIB = 1024 * 1024;

/** A service that answers with as many bytes as the query says, as fast as they are taken. */
const endless = (sent = { bytes: 0 }) =>
  startCounterpart((request, response) => {
    const total = Number(new URL(request.url ?? '', 'http://a').searchParams.get('bytes'));
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let left = total;
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        sent.bytes += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });

test('a long answer arrives whole', async () => {
  const { url } = await startGateway({ tags: (await endless()).url });
  const { status, body } = await ask(`${url}/api/v1/tags/?bytes=${8 * MIB}`);
  expect({ status, length: body.length }).toEqual({ status: 200, length: 8 * MIB });
});

test('a long body arrives whole, with its length or in chunks, in any method', async () => {
  const service = await startCounterpart((request, response) => {
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    request.once('end', () =>
      response.end(`${length} ${request.headers['content-length'] ?? request.headers['transfer-encoding']}`),
    );
  });
  const { url } = await startGateway({ tags: service.url });
  const body = Buffer.alloc(3 * MIB);
  const headers = { 'content-length': String(body.length) };
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'])
    expect((await ask(`${url}/api/v1/tags/`, { method, headers, body })).body, method).toBe(
      `${body.length} ${body.length}`,
    );
  for (const size of [1, 1000, 3 * MIB]) {
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = await ask(`${url}/api/v1/tags/`, {
      method: 'POST',
      headers,
      body: body.subarray(0, size),
    });
    expect(answer.body).toBe(`${size} chunked`);
  }
  expect((await ask(`${url}/api/v1/tags/`, { method: 'POST', body: 'abc' })).body).toBe('3 3');
  expect((await ask(`${url}/api/v1/tags/`, { method: 'POST' })).body).toBe('0 0');
});

test('a client that does not read holds the service back: the gateway keeps no answer', async () => {
  const sent = { bytes: 0 };
  const { url } = await startGateway({ tags: (await endless(sent)).url });
  const socket = await openSocket(url);
  socket.write(`GET /api/v1/tags/?bytes=${256 * MIB} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await until(() => sent.bytes > 0);
  socket.pause();
  await sleep(300);
  const before = sent.bytes;
  await sleep(300);
  expect(sent.bytes).toBe(before);
  // What is under way is in the kernel's buffers for the most part.
  expect(sent.bytes).toBeLessThan(64 * MIB);
});

test('a service that does not read holds the client back: the gateway keeps no body, and says 504', async () => {
  const service = await startCounterpart((request) => void request.pause());
  const { url } = await startGateway({ tags: service.url }, { deadlineMs: 1_000 });
  const sending = httpRequest(`${url}/api/v1/tags/`, { method: 'POST', agent: false });
  sending.on('error', () => {});
  let written = 0;
  const chunk = Buffer.alloc(64 * 1024);
  const write = () => {
    while (written < 256 * MIB && !sending.destroyed) {
      written += chunk.length;
      if (!sending.write(chunk)) return;
    }
  };
  sending.on('drain', write);
  write();
  await sleep(500);
  const before = written;
  await sleep(200);
  expect(written).toBe(before);
  expect(written).toBeLessThan(64 * MIB);
  const [response] = await once(sending, 'response');
  expect(response.statusCode).toBe(504);
  sending.destroy();
});

test('an early answer reaches the client that is still sending, and the connection goes on being used', async () => {
  const service = await startCounterpart((request, response) => {
    if (request.method === 'GET') return void response.end('next');
    response.writeHead(413, { 'content-type': 'application/json' });
    response.end('{"code":"too_large"}');
  });
  const { url } = await startGateway({ tags: service.url });
  const socket = await openSocket(url);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.write(`PUT /api/v1/tags/a HTTP/1.1\r\nHost: a\r\nContent-Length: ${3 * MIB}\r\n\r\n`);
  await send(socket, 1 * MIB);
  await until(() => text.includes('too_large'));
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
  await send(socket, 2 * MIB);
  socket.write('GET /api/v1/tags/ HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => text.includes('next'));
});

test('a refusal of the gateway leaves the connection of a client that is still sending in order', async () => {
  const { url } = await startGateway({ tags: 'http://127.0.0.1:1' });
  const socket = await openSocket(url);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  for (const path of ['/api/v1/tags/', '/nowhere', '/livez']) {
    text = '';
    socket.write(`PUT ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 * MIB}\r\n\r\n`);
    await until(() => /^HTTP\/1\.1 (503|404|405) /.test(text));
    await send(socket, 2 * MIB);
  }
});

test('the deadline is the time of the service: neither a slow body nor a long answer counts', async () => {
  const service = await startCounterpart(async (request, response) => {
    for await (const _ of request);
    await sleep(250);
    response.write('begun, ');
    await sleep(500);
    response.end('ended');
  });
  const { url } = await startGateway({ tags: service.url }, { deadlineMs: 400 });
  const sending = httpRequest(`${url}/api/v1/tags/`, { method: 'POST', agent: false });
  for (let times = 0; times < 3; times++) {
    sending.write('x'.repeat(20_000));
    await sleep(230);
  }
  sending.end();
  const [response] = await once(sending, 'response');
  expect(response.statusCode).toBe(200);
  expect(String(await response.toArray())).toBe('begun, ,ended');
});

test('HEAD, 204 and 304 have no body, and the header is as the service gave it', async () => {
  const service = await startCounterpart((request, response) => {
    if (request.url?.endsWith('gone')) response.writeHead(204).end();
    else if (request.url?.endsWith('same')) response.writeHead(304, { etag: '"3"' }).end();
    else response.writeHead(200, { 'content-length': '11', etag: '"3"' }).end('hello there');
  });
  const { url } = await startGateway({ tags: service.url });
  const head = await ask(`${url}/api/v1/tags/a`, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '11', etag: '"3"' } });
  expect(await ask(`${url}/api/v1/tags/gone`)).toMatchObject({ status: 204, body: '' });
  expect(await ask(`${url}/api/v1/tags/same`)).toMatchObject({
    status: 304,
    body: '',
    headers: { etag: '"3"' },
  });
  expect((await ask(`${url}/api/v1/tags/a`)).body).toBe('hello there');
});

test('Expect: 100-continue is met, and an expectation of anything else is 417', async () => {
  const service = await startCounterpart((request, response) => void request.pipe(response));
  const { url } = await startGateway({ tags: service.url });
  const sending = httpRequest(`${url}/api/v1/tags/`, {
    method: 'POST',
    agent: false,
    headers: { expect: '100-continue', 'content-length': '4' },
  });
  sending.flushHeaders();
  await once(sending, 'continue');
  sending.end('body');
  const [response] = await once(sending, 'response');
  expect(String(await response.toArray())).toBe('body');
  expect((await ask(`${url}/api/v1/tags/`, { headers: { expect: 'wonders' } })).status).toBe(417);
});

test('a client that reads too slowly is cut off, and the connection to the service is freed', async () => {
  const service = await endless();
  const { url } = await startGateway({ tags: service.url }, { drainMs: 200 });
  const response = await new Promise<Socket>((resolve) => {
    get(`${url}/api/v1/tags/?bytes=${64 * MIB}`, { agent: false }, (answer) => {
      answer.pause();
      answer.on('error', () => {});
      resolve(answer.socket);
    });
  });
  expect(service.sockets.size).toBe(1);
  await until(() => service.sockets.size === 0);
  response.destroy();
});

async function send(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= 64 * 1024)
    if (!socket.write(Buffer.alloc(Math.min(left, 64 * 1024)))) await once(socket, 'drain');
}
