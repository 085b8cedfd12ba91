import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_STREAM, STATE_STREAM } from '@muster/contracts';
import { jetstream } from '@nats-io/jetstream';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import {
  createAgent,
  eventually,
  type Fixture,
  logIsWhole,
  loseHistory,
  mixedChanges,
  newIds,
  openFixture,
  readStream,
  startOwnNats,
  updateAgent,
  versionsOf,
} from './fixture.ts';
import type { Relay } from './relay.ts';

let home: string;
let nats: Awaited<ReturnType<typeof startOwnNats>>;
let fixture: Fixture;
let relay: Relay;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'muster-relay-'));
  nats = await startOwnNats({ binary: inject('serverBinaries').natsServer, home, port: await freePort() });
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: nats.url });
  relay = fixture.relay();
  await eventually(() => expect(relay.ready()).toBe(true));
});

afterEach(async () => {
  await fixture.close();
  await nats.stop('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

test('startRelay() loses nothing while NATS is stopped for 3 s', async () => {
  const writing = (async () => {
    for (let round = 0; round < 20; round += 1) {
      await mixedChanges(fixture, newIds(5), 50);
      await sleep(250);
    }
  })();
  await sleep(500);
  await nats.stop();
  await sleep(3000);
  await nats.start();
  await writing;
  await logIsWhole(fixture);
});

/** Lets the log go back to how it was before `id` was last changed and `others` were made; NATS is stopped then. */
async function rollBack([id = '', ...others]: readonly string[]): Promise<void> {
  await createAgent(fixture, id);
  await logIsWhole(fixture);
  await eventually(() => expect(relay.status().sweeps).toBe(1));
  await nats.stop();
  const kept = join(home, 'kept');
  await cp(nats.store, kept, { recursive: true });
  await nats.start();
  await updateAgent(fixture, id, { hostname: 'lost' });
  await mixedChanges(fixture, others, 30);
  await logIsWhole(fixture);
  // Long enough for the checkpoint of all that.
  await sleep(1000);
  await nats.stop();
  await rm(nats.store, { recursive: true });
  await cp(kept, nats.store, { recursive: true });
}

test('startRelay() brings again what a log lost that went back, though it has grown beyond since', async () => {
  await rollBack(newIds(6));
  await relay.stop();
  await nats.start();
  await eventually(() => expect(fixture.link.isUp()).toBe(true));
  // Another service's messages, which take the sequences of those that were lost.
  for (let key = 1; key <= 60; key += 1) {
    await eventually(() => jetstream(fixture.nc).publish(`farm.job.${key}`, '{}', { timeout: 1000 }));
  }
  relay = fixture.relay();
  await logIsWhole(fixture, 'farm.agent.*');
});

test('startRelay() brings again what a log lost that went back, before it publishes anything else', async () => {
  await rollBack(newIds(6));
  for (const id of newIds(40)) await createAgent(fixture, id);
  await nats.start();
  await logIsWhole(fixture, 'farm.agent.*');
});

test('startRelay() brings again what a running log lost, with nothing changing', async () => {
  await mixedChanges(fixture, newIds(5), 30);
  await logIsWhole(fixture);
  await nats.stop();
  await rm(nats.store, { recursive: true });
  await nats.start();
  await logIsWhole(fixture);
});

test('a relay that starts after the oplog was cut loses no version from then on, though NATS is away', async () => {
  const [id = ''] = newIds(1);
  await createAgent(fixture, id);
  await logIsWhole(fixture);
  await nats.stop();
  await relay.stop();
  await loseHistory(fixture);
  relay = fixture.relay();
  await eventually(() => expect(relay.ready()).toBe(true));
  for (const hostname of ['a', 'b', 'c']) await updateAgent(fixture, id, { hostname });
  await nats.start();
  await eventually(async () => {
    const events = await readStream(fixture.nc, LOG_STREAM);
    expect(versionsOf(events).get(id)).toEqual([1, 2, 3, 4]);
  });
});

test('startRelay() rebuilds a log that was wiped as far back as the oplog reaches', async () => {
  const [old = '', young = ''] = newIds(2);
  await createAgent(fixture, old);
  await logIsWhole(fixture);
  // Long enough for a checkpoint.
  await sleep(1_000);
  await createAgent(fixture, young);
  for (const hostname of ['a', 'b']) await updateAgent(fixture, young, { hostname });
  await logIsWhole(fixture);
  await loseHistory(fixture, { _id: 'first' });
  await nats.stop();
  await rm(nats.store, { recursive: true });
  await nats.start();
  await eventually(async () => {
    const versions = versionsOf(await readStream(fixture.nc, LOG_STREAM));
    expect([versions.get(old), versions.get(young)]).toEqual([[1], [1, 2, 3]]);
  });
});

test('FARM_STATE has at last what a killed server had not written to it yet', async () => {
  await eventually(() => expect(relay.status().state).toBe('relaying'));
  await Promise.all(newIds(200).map((id) => createAgent(fixture, id)));
  // It writes ten times a second.
  while (relay.status().published < 150) await sleep(1);
  await nats.stop('SIGKILL');
  await nats.start();
  await logIsWhole(fixture);
  const docs = await fixture.agents.find().toArray();
  await eventually(async () => {
    const states = await readStream(fixture.nc, STATE_STREAM);
    expect(states.map(({ key, v }) => `${key} ${v}`).toSorted()).toEqual(
      docs.map(({ _id, v }) => `${_id} ${v}`).toSorted(),
    );
  });
});
