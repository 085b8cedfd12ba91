import { natsUrlOfWorker } from '@muster/dev/worker';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openCheckpoints } from './checkpoints.ts';
import { type Fixture, openFixture } from './fixture.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
});
afterEach(() => fixture.close());

const START = Date.parse('2026-01-01T00:00:00Z');

test('openCheckpoints() keeps them close together where they are young, and few in all', async () => {
  const checkpoints = openCheckpoints(fixture.db);
  await checkpoints.saveFirst('t0');
  const seconds = 3 * 3_600;
  for (let at = 0; at <= seconds; at += at < seconds - 120 ? 25 : 0.5) {
    await checkpoints.save({
      token: `t${at}`,
      seq: at,
      id: `e${at}`,
      epoch: 'one',
      at: new Date(START + at * 1_000),
    });
  }
  const kept = (await checkpoints.list()).filter(({ _id }) => _id !== 'first').map(({ seq }) => seq);
  expect(kept[0]).toBe(seconds);
  const nearest = (ago: number) => seconds - ago - Math.max(...kept.filter((seq) => seq <= seconds - ago));
  for (const ago of [1, 7, 30, 50]) expect(nearest(ago)).toBeLessThanOrEqual(5);
  for (const ago of [90, 600, 3_000]) expect(nearest(ago)).toBeLessThanOrEqual(85);
  expect(nearest(2.5 * 3_600)).toBeLessThanOrEqual(3_625);
  expect(kept.length).toBeLessThan(80);
});
