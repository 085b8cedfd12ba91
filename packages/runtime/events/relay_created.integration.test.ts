import { natsUrlOfWorker } from '@muster/dev/worker';
import { MongoNetworkError } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import {
  agentsRelayed,
  createAgent,
  deleteAgent,
  eventually,
  expectedVersions,
  type Fixture,
  log,
  loseHistory,
  newIds,
  openFixture,
  readStream,
  updateAgent,
  versionsOf,
} from './fixture.ts';
import { type Relay, startRelay } from './relay.ts';
import type { OnCreated } from './relayed.ts';

let fixture: Fixture;
let relays: Relay[] = [];

const relay = (onCreated: OnCreated): Relay => {
  const { db, link } = fixture;
  const one = startRelay({
    service: 'registry',
    mongo: db,
    link,
    collections: agentsRelayed,
    onCreated,
    log,
  });
  relays.push(one);
  return one;
};

const logIsWhole = async () => {
  const expected = await expectedVersions(fixture);
  await eventually(async () => expect(versionsOf(await readStream(fixture.nc, 'FARM'))).toEqual(expected));
};

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
});

afterEach(async () => {
  await Promise.all(relays.map((one) => one.stop()));
  relays = [];
  await fixture.close();
});

test('startRelay() tells of each record that began to live, and again where MongoDB was away or the record is compared', async () => {
  const told: string[] = [];
  let failure: Error | undefined;
  const one = relay(async ({ key, v, state }) => {
    told.push(`${key} ${v} ${state === null ? 'dead' : 'alive'}`);
    const thrown = failure;
    failure = undefined;
    if (thrown !== undefined) throw thrown;
  });
  await eventually(() => expect(one.status()).toMatchObject({ state: 'relaying', sweeps: 1 }));
  const [a, b, c] = newIds(3) as [string, string, string];
  await createAgent(fixture, a);
  await updateAgent(fixture, a, { hostname: 'new' });
  await deleteAgent(fixture, a);
  await createAgent(fixture, a);
  await logIsWhole();
  await eventually(() => expect(told).toEqual([`${a} 1 alive`, `${a} 4 alive`]));

  told.length = 0;
  failure = new MongoNetworkError('away');
  await createAgent(fixture, b);
  await eventually(() => expect(told.filter((line) => line === `${b} 1 alive`)).toHaveLength(2));
  failure = new Error('a defect');
  await createAgent(fixture, c);
  await updateAgent(fixture, c, { hostname: 'new' });
  await logIsWhole();
  await eventually(() => expect(one.status()).toMatchObject({ state: 'relaying', inFlight: 0 }));
  expect(told.filter((line) => line === `${c} 1 alive`)).toHaveLength(1);

  await deleteAgent(fixture, b);
  await logIsWhole();
  await one.stop();
  told.length = 0;
  await loseHistory(fixture);
  const two = relay(async ({ key, v }) => void told.push(`${key} ${v}`));
  await eventually(() => expect(two.status().sweeps).toBe(1));
  // What the oplog still has may be told besides.
  expect(told).toEqual(expect.arrayContaining([`${a} 4`, `${c} 2`]));
  expect(told).not.toContain(`${b} 2`);
});
