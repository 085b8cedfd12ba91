import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import { startSteadyLoad } from './steady_load.ts';

let farm: OwnFarm;
beforeAll(async () => {
  farm = await ownFarm(2);
});
afterAll(() => farm[Symbol.asyncDispose]());

const services = ['tags', 'assemblers', 'registry'] as const;

test('no request fails at 200 a second while each process of each service is ended and started again in its turn', async () => {
  const load = await startSteadyLoad(farm, { perSecond: 200, seed: 7 });
  await sleep(1_000);
  for (const service of services) {
    for (const name of [service, `${service}-2`]) {
      expect(await farm.process(name).stop()).toEqual({ code: 0, signal: null });
      await farm.process(name).start();
      await sleep(500);
    }
  }
  const outcomes = await load.stop();
  const took = outcomes.map(({ took }) => took).toSorted((a, b) => a - b);
  const at = (share: number) => `${took[Math.floor(took.length * share)]?.toFixed(0)} ms`;
  console.info(`${outcomes.length} requests, half within ${at(0.5)}, 99 of 100 within ${at(0.99)}`);
  expect(outcomes.filter(({ expected, ended }) => !expected.includes(ended as number))).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(1_000);
}, 240_000);
