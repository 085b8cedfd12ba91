import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from './http_exchange.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';

let farm: OwnFarm;
beforeAll(async () => {
  farm = await ownFarm(2);
});
afterAll(() => farm[Symbol.asyncDispose]());

/** How old, at most, a page may be that another instance gives, in ms. */
const BOUND_MS = 1_000;

const ask = async (instance: string, method: string, path: string, json?: object) => {
  const { url = '' } = farm.process(instance);
  return await exchange(url, {
    method,
    path,
    headers: { authorization: `Bearer ${farm.token}`, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
};
const nameAt = async (instance: string): Promise<string> => {
  const { status, body } = await ask(instance, 'GET', '/v1/assemblers.json');
  expect(status).toBe(200);
  return (body as { name: string }[])[0]?.name ?? '';
};
const rename = async (instance: string, name: string) =>
  expect((await ask(instance, 'PATCH', '/v1/assemblers/one.json', { name })).status).toBe(200);

test('a page is never older than an acknowledged write of its own instance, nor than a second where another one wrote', async () => {
  await ask('assemblers', 'POST', '/v1/assemblers.json', { slug: 'one', name: 'name 0' });
  // So that both have a page ready.
  await sleep(500);
  const lags: number[] = [];
  for (let turn = 1; turn <= 40; turn += 1) {
    const name = `name ${turn}`;
    for (const instance of ['assemblers', 'assemblers-2']) await nameAt(instance);
    const [writer, other] = turn % 2 === 0 ? ['assemblers', 'assemblers-2'] : ['assemblers-2', 'assemblers'];
    await rename(writer as string, name);
    const acknowledged = performance.now();
    expect(await nameAt(writer as string)).toBe(name);
    while ((await nameAt(other as string)) !== name) {
      expect(performance.now() - acknowledged).toBeLessThan(BOUND_MS);
    }
    lags.push(performance.now() - acknowledged);
  }
  console.info(`seen elsewhere after ${Math.max(...lags).toFixed(0)} ms at most`);
});

test('readers and writers of one instance at once never see what is older than what was acknowledged before they asked', async () => {
  let acknowledged = 0;
  let going = true;
  const number = async () => Number((await nameAt('assemblers')).split(' ')[1]);
  const read = async () => {
    let reads = 0;
    while (going) {
      const before = acknowledged;
      expect(await number()).toBeGreaterThanOrEqual(before);
      reads += 1;
    }
    return reads;
  };
  const readers = [read(), read(), read(), read()];
  for (let count = 100; count < 200; count += 1) {
    await rename('assemblers', `name ${count}`);
    acknowledged = count;
    if (count % 10 === 0) await sleep(20);
  }
  going = false;
  const reads = await Promise.all(readers);
  expect(Math.min(...reads)).toBeGreaterThan(20);
});
