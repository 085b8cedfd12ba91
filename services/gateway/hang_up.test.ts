import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, openSocket, startCounterpart, startGateway, until } from './gateway_fixture.ts';

const CONNECTIONS = 64;

/** A service whose answers never end: `full` fills every buffer on the way, `part` begins and falls silent, `mute` never begins. */
async function fixture() {
  const chunk = Buffer.alloc(64 * 1024);
  const service = await startCounterpart((request, response) => {
    const name = request.url?.slice('/api/v1/tags/'.length);
    const fill = () => {
      while (!response.destroyed && response.write(chunk));
    };
    if (name === 'quick') response.end('quick');
    if (name === 'part') response.write(chunk);
    if (name === 'full') {
      response.on('drain', fill).on('error', () => {});
      fill();
    }
  });
  const gateway = await startGateway({ tags: service.url }, { upstream: { connections: CONNECTIONS } });
  const underWay = () => gateway.deps.upstreams.tags.instances[0]!.pool.stats.size;
  return { service, ...gateway, underWay };
}

/** Asks, waits until the answer has got as far as its name says, and hangs up: by a reset, or by a FIN, which may also mean less. */
async function hangUp(
  url: string,
  name: 'full' | 'part' | 'mute',
  by: 'reset' | 'fin' = 'reset',
): Promise<void> {
  const socket = await openSocket(url);
  socket.write(`GET /api/v1/tags/${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
  if (name === 'part') await once(socket, 'data');
  if (name === 'full') await once(socket, 'readable');
  await sleep(name === 'part' ? 0 : 10);
  if (by === 'fin') socket.destroy();
  else socket.resetAndDestroy();
}

test('1,000 clients that hang up mid-answer leave a gateway that serves', { timeout: 60_000 }, async () => {
  const { url, service, underWay } = await fixture();
  for (let number = 0; number < 1_000; number += CONNECTIONS) {
    const clients = Array.from({ length: CONNECTIONS }, (_, at) =>
      hangUp(url, at % 32 === 0 ? 'full' : 'part'),
    );
    await Promise.all(clients);
  }
  await until(() => underWay() === 0);
  await until(() => service.sockets.size === 0);
  const answers = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => ask(`${url}/api/v1/tags/quick`)),
  );
  expect(answers.every(({ body }) => body === 'quick')).toBe(true);
});

test('clients that hang up before an answer, or while they wait for a connection, leave nothing behind', async () => {
  const { url, service, underWay, deps } = await fixture();
  await Promise.all(Array.from({ length: 5 * CONNECTIONS }, () => hangUp(url, 'mute')));
  await until(() => underWay() === 0);
  await until(() => service.sockets.size === 0);
  expect((await ask(`${url}/api/v1/tags/quick`)).body).toBe('quick');
  expect(deps.upstreams.tags.instances[0]?.breaker.state()).toBe('closed');
});

test('clients that hang up by a FIN are known to have gone at once, or, in the middle of an answer, after 6 s of silence', {
  timeout: 20_000,
}, async () => {
  const { url, service, underWay } = await fixture();
  const many = (name: 'part' | 'mute') =>
    Promise.all(Array.from({ length: CONNECTIONS / 2 }, () => hangUp(url, name, 'fin')));
  await many('mute');
  await until(() => underWay() === 0, 900);
  await many('part');
  await until(() => underWay() === 0, 10_000);
  await until(() => service.sockets.size === 0);
  expect((await ask(`${url}/api/v1/tags/quick`)).body).toBe('quick');
});

test('a request whose client left while it waited for a connection is never sent', async () => {
  const seen: string[] = [];
  const service = await startCounterpart((request, response) => {
    seen.push(request.url ?? '');
    if (!request.url?.endsWith('mute')) response.end();
  });
  const { url, deps } = await startGateway({ tags: service.url }, { upstream: { connections: 1 } });
  const { pool } = deps.upstreams.tags.instances[0]!;
  const first = await openSocket(url);
  first.write('GET /api/v1/tags/mute HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => seen.length === 1);
  const second = await openSocket(url);
  second.write('DELETE /api/v1/tags/second HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => pool.stats.pending === 1);
  second.resetAndDestroy();
  await sleep(50);
  first.resetAndDestroy();
  await ask(`${url}/api/v1/tags/third`);
  expect(seen).toEqual(['/api/v1/tags/mute', '/api/v1/tags/third']);
});

test('a client that hangs up in the middle of its body ends the request at the service', async () => {
  const ended: string[] = [];
  const service = await startCounterpart((request, response) => {
    request.on('error', () => {});
    request.on('close', () => ended.push(request.complete ? 'whole' : 'aborted'));
    request.resume().once('end', () => response.end());
  });
  const { url, deps } = await startGateway({ tags: service.url });
  for (let times = 1; times <= 8; times++) {
    const socket = await openSocket(url);
    socket.write('POST /api/v1/tags/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
    socket.write('x'.repeat(50_000));
    await until(() => service.sockets.size === 1);
    await sleep(20);
    socket.destroy();
    await until(() => ended.length === times);
    await until(() => service.sockets.size === 0);
  }
  expect(new Set(ended)).toEqual(new Set(['aborted']));
  expect(deps.upstreams.tags.instances[0]?.breaker.state()).toBe('closed');
});
