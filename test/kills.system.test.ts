import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { expectWhole } from './expect_whole.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import { startWorkload, type Workload } from './workload.ts';

const names = ['tags', 'assemblers', 'registry', 'gateway', 'nats-server', 'mongod'];

test('kill -9 of every process in turn under writes loses no acknowledged write and no event, and does none by half', async () => {
  await using farm = await ownFarm();
  await using workload = startWorkload(farm.client.fetch, { seed: 4, lanes: 8, pauseMs: 60 });
  await sleep(500);
  for (const name of names) {
    const killed = performance.now();
    await farm.process(name).stop('SIGKILL');
    await sleep(300);
    await farm.process(name).start();
    await expectRecovered(farm, workload);
    console.info(`${name} killed: writes go on ${((performance.now() - killed) / 1000).toFixed(1)} s later`);
  }
  const history = await workload.stop();
  const counts = Object.groupBy(history.writes, ({ outcome }) => outcome);
  expect(counts.unknown?.length).toBeGreaterThan(names.length);
  const took = await expectWhole(farm, [history]);
  console.info(
    `${counts.done?.length} writes acknowledged, ${counts.unknown?.length} of unknown outcome; all told alike after ${took.toFixed(0)} ms`,
  );
}, 120_000);

/** Waits until writes of every lane are acknowledged again. */
async function expectRecovered({ client }: OwnFarm, { history }: Workload): Promise<void> {
  const from = performance.now();
  await eventually(async () => {
    const { body } = await client.fetch('GET', '/readyz');
    expect(body).toEqual({ status: 'ready', tags: 'ok', assemblers: 'ok', registry: 'ok' });
    const done = history.writes.filter(({ began, outcome }) => began > from && outcome === 'done');
    expect(new Set(done.flatMap(({ causes }) => causes.map(({ type }) => type))).size).toBe(6);
  });
}
