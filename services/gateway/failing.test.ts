import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { ask, deadAddress, openSocket, startCounterpart, startGateway } from './gateway_fixture.ts';
import { retries } from './metrics.ts';

const retried = async () => (await retries.get()).values.reduce((sum, { value }) => sum + value, 0);

/** A service that closes the connection on the first request it gets, and then does as `listener` says. */
async function hangsUpOnce(listener: RequestListener = (_, response) => void response.end('here')) {
  const seen: string[] = [];
  const service = await startCounterpart((request, response) => {
    seen.push(`${request.method}`);
    if (seen.length === 1) request.socket.destroy();
    else listener(request, response);
  });
  return { ...service, seen };
}

test('a service that is away is 503 with Retry-After, while the others are served', async () => {
  const here = await startCounterpart((_, response) => void response.end('here'));
  const { url } = await startGateway({ tags: await deadAddress(), registry: here.url });
  const started = performance.now();
  const away = await ask(`${url}/api/v1/tags/`, { headers: { 'accept-language': 'ru' } });
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(away).toMatchObject({ status: 503, headers: { 'retry-after': '1', 'content-language': 'ru' } });
  expect(JSON.parse(away.body)).toMatchObject({
    code: 'unavailable',
    error: expect.stringContaining('tags'),
  });
  expect((await ask(`${url}/api/v1/tags/`, { method: 'POST', body: '{"tag":"a"}' })).status).toBe(503);
  expect((await ask(`${url}/api/v1/agents/`)).body).toBe('here');
});

test('a service that does not answer within the deadline is 504, and its connection is freed', async () => {
  const service = await startCounterpart(() => {});
  const { url } = await startGateway({ tags: service.url }, { deadlineMs: 150 });
  const started = performance.now();
  const late = await ask(`${url}/api/v1/tags/`, { method: 'POST', body: '{"tag":"a"}' });
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(late.status).toBe(504);
  expect(JSON.parse(late.body)).toMatchObject({ code: 'upstream_timeout' });
  await expect.poll(() => service.sockets.size).toBe(0);
});

test('the deadline counts for a request that waits for a connection too', async () => {
  const service = await startCounterpart(() => {});
  const { url } = await startGateway(
    { tags: service.url },
    { deadlineMs: 150, upstream: { connections: 1 } },
  );
  const answers = await Promise.all([1, 2, 3].map(() => ask(`${url}/api/v1/tags/`)));
  expect(answers.map(({ status }) => status)).toEqual([504, 504, 504]);
});

test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE'])(
  '%s is sent once more when its connection breaks',
  async (method) => {
    const service = await hangsUpOnce();
    const { url } = await startGateway({ tags: service.url });
    const before = await retried();
    expect((await ask(`${url}/api/v1/tags/a`, { method })).status).toBe(200);
    expect(service.seen).toEqual([method, method]);
    expect(await retried()).toBe(before + 1);
  },
);

test.each(['POST', 'PUT', 'PATCH'])(
  '%s that a service may have seen is never sent again: 504',
  async (method) => {
    const service = await hangsUpOnce();
    const { url } = await startGateway({ tags: service.url });
    const answer = await ask(`${url}/api/v1/tags/a`, { method, body: '{}' });
    expect(answer.status).toBe(504);
    expect(service.seen).toEqual([method]);
  },
);

test('POST without a body is not sent again either', async () => {
  const service = await hangsUpOnce();
  const { url } = await startGateway({ tags: service.url });
  expect((await ask(`${url}/api/v1/tags/a`, { method: 'POST' })).status).toBe(504);
  expect(service.seen).toEqual(['POST']);
});

test('a DELETE that is sent again and then finds nothing is not called a 404: the first may have done it', async () => {
  const service = await hangsUpOnce((_, response) => response.writeHead(404).end('{}'));
  const { url } = await startGateway({ tags: service.url });
  expect((await ask(`${url}/api/v1/tags/a`, { method: 'DELETE' })).status).toBe(504);
});

test('a request is sent no more than twice', async () => {
  let seen = 0;
  const service = await startCounterpart((request) => {
    seen += 1;
    request.socket.destroy();
  });
  const { url } = await startGateway({ tags: service.url });
  expect((await ask(`${url}/api/v1/tags/`)).status).toBe(503);
  expect(seen).toBe(2);
});

test('nothing is sent again once the budget is spent', async () => {
  let seen = 0;
  const service = await startCounterpart((request) => {
    seen += 1;
    request.socket.destroy();
  });
  const budget = { requested: () => {}, take: () => false };
  const { url } = await startGateway({ tags: service.url }, { budget });
  expect((await ask(`${url}/api/v1/tags/`)).status).toBe(503);
  expect(seen).toBe(1);
});

test.each([{ 'content-length': '100' }, {}])(
  'an answer that breaks off is cut off for the client, not sent again: %o',
  async (header) => {
    let seen = 0;
    const service = await startCounterpart((request, response) => {
      seen += 1;
      response.writeHead(200, header);
      response.write('half');
      setTimeout(() => request.socket.destroy(), 50);
    });
    const { url } = await startGateway({ tags: service.url });
    await expect(ask(`${url}/api/v1/tags/`)).rejects.toThrow(/aborted|hang up|reset/i);
    expect(seen).toBe(1);
  },
);

test('instances take turns, and any method goes to the other where one refuses the connection', async () => {
  const seen: Record<string, number> = { a: 0, b: 0 };
  const start = (name: string) =>
    startCounterpart((_, response) => {
      seen[name]! += 1;
      response.end(name);
    });
  const [a, b] = [await start('a'), await start('b')];
  const both = await startGateway({ tags: `${a.url}, ${b.url}` });
  for (let i = 0; i < 10; i++) await ask(`${both.url}/api/v1/tags/`);
  expect(seen).toEqual({ a: 5, b: 5 });
  const one = await startGateway({ tags: `${await deadAddress()},${b.url}` });
  for (const body of ['{}', 'x'.repeat(100_000)]) {
    for (let i = 0; i < 2; i++) {
      const answer = await ask(`${one.url}/api/v1/tags/`, { method: 'POST', body });
      expect(answer).toMatchObject({ status: 200, body: 'b' });
    }
  }
});

test('a breaker spares a service that is away, and finds it when it is back', async () => {
  const url = await deadAddress();
  const gateway = await startGateway({ tags: url }, { upstream: { failures: 4, pauseMs: 200 } });
  const [instance] = gateway.deps.upstreams.tags.instances;
  for (let i = 0; i < 2; i++) await ask(`${gateway.url}/api/v1/tags/`);
  expect(instance?.breaker.state()).toBe('open');
  const back = await startCounterpart((_, response) => void response.end('back'), Number(new URL(url).port));
  expect((await ask(`${gateway.url}/api/v1/tags/`)).status).toBe(503);
  expect(back.sockets.size).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 220));
  expect((await ask(`${gateway.url}/api/v1/tags/`)).body).toBe('back');
  expect(instance?.breaker.state()).toBe('closed');
});

test("a service's own 503 is passed on as it is, and is no failure of the connection", async () => {
  const service = await startCounterpart((_, response) =>
    response.writeHead(503, { 'retry-after': '7' }).end('{"own":1}'),
  );
  const { url, deps } = await startGateway({ tags: service.url });
  for (let i = 0; i < 8; i++) {
    expect(await ask(`${url}/api/v1/tags/`)).toMatchObject({
      status: 503,
      body: '{"own":1}',
      headers: { 'retry-after': '7' },
    });
  }
  expect(deps.upstreams.tags.instances[0]?.breaker.state()).toBe('closed');
});

test('an answer that is no HTTP is 503, not a crash', async () => {
  const service = await startCounterpart((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n\r\n'));
  const { url } = await startGateway({ tags: service.url });
  expect((await ask(`${url}/api/v1/tags/`)).status).toBe(503);
});

test('a client that is too slow to send its header is 408', async () => {
  const { url, server } = await startGateway({ tags: await deadAddress() });
  server.headersTimeout = 100;
  const socket = await openSocket(url);
  socket.write('GET /api/v1/tags/ HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  const [data] = await once(socket, 'data');
  expect(String(data)).toMatch(/^HTTP\/1\.1 408 /);
});

test('nothing more is sent to an instance that is about to end: another one answers, or 503', async () => {
  let asked = 0;
  const leaving = await startCounterpart((_, response) => {
    asked += 1;
    response.setHeader('farm-draining', '1').end('leaving');
  });
  const other = await startCounterpart((_, response) => void response.end('other'));
  const { url } = await startGateway({ tags: `${leaving.url},${other.url}`, registry: leaving.url });
  const bodies: string[] = [];
  for (let i = 0; i < 6; i += 1) bodies.push((await ask(`${url}/api/v1/tags/`)).body);
  expect(bodies.filter((body) => body === 'leaving')).toHaveLength(1);
  const told = await ask(`${url}/api/v1/jobs/`);
  expect([told.status, told.headers['farm-draining']]).toEqual([200, undefined]);
  expect((await ask(`${url}/api/v1/jobs/`)).status).toBe(503);
  expect(asked).toBe(2);
});
