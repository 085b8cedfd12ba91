import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOG_STREAM, STATE_STREAM } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
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
  mixedChanges,
  newIds,
  openFixture,
  readStream,
  removeStreams,
  updateAgent,
  versionsOf,
} from './fixture.ts';
import { type Relay, startRelay } from './relay.ts';

let fixture: Fixture;
let relays: Relay[] = [];

const relay = (): Relay => {
  const { db, link } = fixture;
  const one = startRelay({ service: 'registry', mongo: db, link, collections: agentsRelayed, log });
  relays.push(one);
  return one;
};

const logIsWhole = async () => {
  const expected = await expectedVersions(fixture);
  await eventually(async () =>
    expect(versionsOf(await readStream(fixture.nc, LOG_STREAM))).toEqual(expected),
  );
};

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
});

afterEach(async () => {
  await Promise.all(relays.map((one) => one.stop()));
  relays = [];
  await fixture.close();
});

test('startRelay() publishes every version of 500 mixed changes once and in order', async () => {
  const one = relay();
  await eventually(() => expect(one.ready()).toBe(true));
  await mixedChanges(fixture, newIds(20), 500);
  await logIsWhole();
  const docs = await fixture.agents.find().toArray();
  await eventually(async () => {
    const states = await readStream(fixture.nc, STATE_STREAM);
    expect(new Map(states.map(({ key, v, born, state }) => [key, { v, born, state }]))).toEqual(
      new Map(docs.map(({ _id, v, born, state }) => [_id, { v, born, state: state ?? null }])),
    );
  });
  await eventually(() => expect(one.status()).toMatchObject({ state: 'relaying', inFlight: 0, rewinds: 0 }));
  await eventually(() => expect(one.status().lagMs).toBeLessThan(1000));
});

test('startRelay() publishes once and in order when two relays work at once', async () => {
  const leases = fixture.db.collection<{ _id: string }>('relay_checkpoints');
  const timer = setInterval(() => void leases.deleteOne({ _id: 'lease' }), 20);
  try {
    const [one, other] = [relay(), relay()];
    await eventually(() => {
      expect([one.status().state, other.status().state]).toEqual(['relaying', 'relaying']);
    });
    await mixedChanges(fixture, newIds(20), 500);
    await logIsWhole();
    const { published, skipped } = other.status();
    expect(published + skipped).toBeGreaterThan(100);
  } finally {
    clearInterval(timer);
  }
});

test('startRelay() loses and repeats nothing when it is killed', async () => {
  const program = fileURLToPath(import.meta.resolve('./relay_process_fixture.ts'));
  const args = [program, inject('mongodbUrl'), fixture.db.databaseName, natsUrlOfWorker()];
  const start = () => spawn(process.execPath, args, { stdio: 'inherit' });
  const prepared = relay();
  await eventually(() => expect(prepared.ready()).toBe(true));
  await prepared.stop();
  const writing = (async () => {
    for (let round = 0; round < 8; round += 1) {
      await mixedChanges(fixture, newIds(10), 200);
      await sleep(150);
    }
  })();
  for (let kill = 0; kill < 3; kill += 1) {
    const child = start();
    const before = (await readStream(fixture.nc, LOG_STREAM).catch(() => [])).length;
    await eventually(async () => {
      const events = await readStream(fixture.nc, LOG_STREAM);
      expect(events.length).toBeGreaterThan(before + 50 * kill);
      // It waits for the lease of the one that was killed, and starts slowly on a busy machine.
    }, 30_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await writing;
  relay();
  await logIsWhole();
}, 150_000);

test('startRelay() rebuilds a log that was wiped, version by version', async () => {
  const one = relay();
  await eventually(() => expect(one.ready()).toBe(true));
  await mixedChanges(fixture, newIds(10), 200);
  await logIsWhole();
  await eventually(() => expect(one.status().sweeps).toBe(1));
  await removeStreams(fixture.nc);
  await logIsWhole();
  await mixedChanges(fixture, newIds(10), 50);
  await logIsWhole();
  expect(one.status()).toMatchObject({ rewinds: 1 });
});

test('startRelay() begins with what was there before it, and loses nothing that changes meanwhile', async () => {
  const ids = newIds(30);
  for (const id of ids) await createAgent(fixture, id);
  const one = relay();
  for (const id of ids) await updateAgent(fixture, id, { hostname: 'new' });
  await eventually(async () => {
    const versions = versionsOf(await readStream(fixture.nc, LOG_STREAM));
    for (const id of ids) expect(versions.get(id)?.at(-1)).toBe(2);
  });
  await eventually(() => expect(one.status().sweeps).toBe(1));
  await deleteAgent(fixture, ids[0]!);
  await eventually(async () => {
    expect(
      versionsOf(await readStream(fixture.nc, LOG_STREAM))
        .get(ids[0]!)
        ?.at(-1),
    ).toBe(3);
  });
});

test('startRelay() sweeps the collections when the oplog no longer reaches back', async () => {
  const ids = newIds(5);
  const one = relay();
  await eventually(() => expect(one.ready()).toBe(true));
  for (const id of ids) await createAgent(fixture, id);
  await logIsWhole();
  await one.stop();
  for (const id of ids) await updateAgent(fixture, id, { hostname: 'a' });
  for (const id of ids) await updateAgent(fixture, id, { hostname: 'b' });
  await loseHistory(fixture);
  const next = relay();
  await eventually(async () => {
    const versions = versionsOf(await readStream(fixture.nc, LOG_STREAM));
    for (const id of ids) expect(versions.get(id)).toEqual([1, 3]);
  });
  await eventually(() => expect(next.status().sweeps).toBe(1));
  for (const id of ids) await updateAgent(fixture, id, { hostname: 'c' });
  await eventually(async () => {
    const versions = versionsOf(await readStream(fixture.nc, LOG_STREAM));
    for (const id of ids) expect(versions.get(id)).toEqual([1, 3, 4]);
  });
});

test('startRelay() goes back for a version that a checkpoint passed over', async () => {
  const [id = '', other = ''] = newIds(2);
  const one = relay();
  await eventually(() => expect(one.ready()).toBe(true));
  await createAgent(fixture, id);
  await logIsWhole();
  await one.stop();
  await updateAgent(fixture, id, { hostname: 'passed over' });
  const checkpoints = fixture.db.collection<{ _id: string; token: unknown }>('relay_checkpoints');
  const stream = fixture.db.watch();
  await stream.tryNext();
  await checkpoints.updateOne({ _id: 'latest' }, { $set: { token: stream.resumeToken } });
  await stream.close();
  const next = relay();
  await createAgent(fixture, other);
  await updateAgent(fixture, id, { hostname: 'next' });
  await logIsWhole();
  expect(next.status().rewinds).toBeGreaterThan(0);
});

test('startRelay() stands by for another, and takes over at once when that one stops', async () => {
  const one = relay();
  await eventually(() => expect(one.status().state).toBe('relaying'));
  const other = relay();
  await eventually(() => expect(other.status().state).toBe('standby'));
  await createAgent(fixture, newIds(1)[0]!);
  await logIsWhole();
  await one.stop();
  const stoppedAt = Date.now();
  await mixedChanges(fixture, newIds(2), 10);
  await logIsWhole();
  // Sooner than the lease would have run out by itself.
  expect(Date.now() - stoppedAt).toBeLessThan(4_500);
  expect(other.status()).toMatchObject({ state: 'relaying', rewinds: 0 });
  expect(other.status().published).toBeGreaterThan(0);
});
