import { expect, test } from 'vitest';
import { startCounterpart } from './gateway_fixture.ts';
import { serviceCheck } from './service_checks.ts';
import { openUpstream } from './upstream.ts';

test('serviceCheck() sees a service as soon as it is ready, and keeps that for a second', async () => {
  let ready = false;
  let asked = 0;
  const { url } = await startCounterpart((_, response) => {
    asked += 1;
    response.writeHead(ready ? 200 : 503).end();
  });
  const clock = { ms: 0 };
  const upstream = openUpstream('tags', url);
  const check = serviceCheck(upstream, () => clock.ms);
  expect([await check(), await check(), asked]).toEqual([false, false, 2]);
  ready = true;
  expect([await check(), await check(), asked]).toEqual([true, true, 3]);
  ready = false;
  clock.ms = 1_001;
  expect(await check()).toBe(false);
  await upstream.close();
});
