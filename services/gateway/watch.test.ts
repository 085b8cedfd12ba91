import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '@muster/runtime/process';
import { expect, onTestFinished, test } from 'vitest';
import { ask, startCounterpart, startGateway, until } from './gateway_fixture.ts';
import { watchUpstreams } from './watch.ts';

const log = openLog('gateway', 'silent');
const ready: RequestListener = (_, response) => void response.end('ready');

/** A gateway that watches an instance which answers `/readyz` by `listener`. */
async function watched(listener: RequestListener, patienceMs = 200) {
  const service = await startCounterpart(listener);
  const gateway = await startGateway(
    { tags: service.url },
    { upstream: { failures: 2, pauseMs: 60_000, maxPauseMs: 60_000 } },
  );
  const { tags } = gateway.deps.upstreams;
  const stop = watchUpstreams([tags], { log, everyMs: 20, patienceMs });
  onTestFinished(stop);
  return { service, stop, instance: tags.instances[0]!, url: `${gateway.url}/api/v1/tags/` };
}

test('an instance that is back is used within the next question, however long its breaker still pauses', async () => {
  const { service, instance, url } = await watched(ready);
  await service.stop();
  await until(() => !instance.ready);
  for (let times = 0; times < 2; times += 1) expect((await ask(url)).status).toBe(503);
  expect(instance.breaker.wait()).toBeGreaterThan(50_000);
  await startCounterpart(ready, Number(new URL(service.url).port));
  await until(() => instance.breaker.state() === 'half-open');
  expect(await ask(url)).toMatchObject({ status: 200, body: 'ready' });
  expect(instance.breaker.state()).toBe('closed');
});

test('an instance that is about to end is seen to be without any request, and its connections are closed', async () => {
  let leaving = false;
  const { service, instance, url } = await watched((_, response) => {
    if (leaving) response.writeHead(503, { 'farm-draining': '1', connection: 'close' });
    response.end();
  });
  await Promise.all([ask(url), ask(url), ask(url)]);
  expect(service.sockets.size).toBeGreaterThan(1);
  leaving = true;
  await until(() => instance.breaker.state() === 'open');
  await until(() => service.sockets.size <= 1, 1_000);
  expect((await ask(url)).status).toBe(503);
  leaving = false;
  await until(() => instance.breaker.state() === 'closed');
  expect((await ask(url)).status).toBe(200);
});

test('an instance that is ready is kept waiting for, and what it says as it begins to end is known at once', async () => {
  const waiting: (() => void)[] = [];
  const asked: unknown[] = [];
  const { instance } = await watched((request, response) => {
    asked.push(request.headers.prefer);
    if (asked.length === 1) response.end('ready');
    else waiting.push(() => response.writeHead(503, { 'farm-draining': '1', connection: 'close' }).end());
  });
  await until(() => waiting.length === 1);
  await sleep(500);
  expect([asked, instance.ready]).toEqual([['wait=0', 'wait=1'], true]);
  waiting[0]!();
  await until(() => !instance.ready);
  expect(instance.breaker.state()).toBe('open');
});

test('an instance that has become ready is known to be at once, though it keeps all waiting who wish it', async () => {
  let isReady = false;
  const { instance } = await watched(({ headers }, response) => {
    if (!isReady) response.writeHead(503).end();
    else if (headers.prefer === 'wait=0') response.end('ready');
  });
  await until(() => !instance.ready);
  isReady = true;
  await until(() => instance.ready, 800);
});

test('an instance that does not answer is asked by one question at a time, and counts as not ready', async () => {
  let asked = 0;
  const { service, instance } = await watched(() => {
    asked += 1;
  }, 100);
  await until(() => !instance.ready);
  const from = asked;
  await sleep(500);
  expect(asked - from).toBeLessThan(6);
  expect(service.sockets.size).toBeLessThan(2);
  expect(instance.breaker.state()).toBe('closed');
});

test('stopping a watch ends its question and its connection', async () => {
  const { service, stop } = await watched(() => {}, 60_000);
  await until(() => service.sockets.size === 1);
  await stop();
  await until(() => service.sockets.size === 0);
});
