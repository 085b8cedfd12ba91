import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, startCounterpart, startGateway, until } from './gateway_fixture.ts';
import { openInstance } from './instance.ts';
import { openUpstream } from './upstream.ts';

test('leaves() closes the idle connections, and no connection on which a request is under way', async () => {
  const held: ServerResponse[] = [];
  const service = await startCounterpart((request, response) => {
    if (request.url?.endsWith('slow')) held.push(response);
    else if (request.url?.endsWith('leaving')) response.setHeader('farm-draining', '1').end();
    else response.end();
  });
  const { url } = await startGateway({ tags: service.url });
  await Promise.all(Array.from({ length: 8 }, () => ask(`${url}/api/v1/tags/quick`)));
  const slow = ask(`${url}/api/v1/tags/slow`);
  await until(() => held.length === 1);
  expect(service.sockets.size).toBeGreaterThan(2);
  await ask(`${url}/api/v1/tags/leaving`);
  await until(() => service.sockets.size === 1);
  await sleep(50);
  held[0]?.end('whole');
  expect(await slow).toMatchObject({ status: 200, body: 'whole' });
  await until(() => service.sockets.size === 0);
});

test('heard() has an instance used again once it answers anew, and not for an answer to an older question', () => {
  const instance = openInstance('http://a:1');
  const before = performance.now();
  instance.leaves();
  instance.heard(true, before);
  expect(instance.breaker.admits()).toBe(false);
  instance.heard(undefined, performance.now() + 1);
  expect(instance.breaker.admits()).toBe(false);
  instance.heard(false, performance.now() + 1);
  expect([instance.breaker.admits(), instance.ready]).toEqual([true, false]);
});

test('choose() takes what is not ready only where nothing else is admitted', () => {
  const upstream = openUpstream('tags', 'http://a:1,http://b:1', { failures: 1, pauseMs: 60_000 });
  const [a, b] = upstream.instances;
  a?.heard(false, performance.now());
  expect([upstream.choose(), upstream.choose(), upstream.choose(b)]).toEqual([b, b, a]);
  b?.heard(undefined, performance.now());
  expect(new Set([upstream.choose(), upstream.choose()])).toEqual(new Set([a, b]));
  a?.heard(true, performance.now());
  a?.breaker.failed();
  expect([upstream.choose(), upstream.choose()]).toEqual([b, b]);
});
