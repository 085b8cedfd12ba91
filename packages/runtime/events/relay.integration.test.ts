import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOG_STREAM, STATE_STREAM } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { MongoNetworkError } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import {
  createAgent,
  deleteAgent,
  eventually,
  type Fixture,
  logIsWhole,
  loseHistory,
  mixedChanges,
  newIds,
  openFixture,
  readStream,
  removeStreams,
  updateAgent,
  versionsOf,
} from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
});

afterEach(() => fixture.close());

test('startRelay() publishes every version of 500 mixed changes once and in order', async () => {
  const one = fixture.relay();
  await eventually(() => expect(one.ready()).toBe(true));
  await mixedChanges(fixture, newIds(20), 500);
  await logIsWhole(fixture);
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
    const [one, other] = [fixture.relay(), fixture.relay()];
    await eventually(() => {
      expect([one.status().state, other.status().state]).toEqual(['relaying', 'relaying']);
    });
    await mixedChanges(fixture, newIds(20), 500);
    await logIsWhole(fixture);
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
  const prepared = fixture.relay();
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
  fixture.relay();
  await logIsWhole(fixture);
}, 150_000);

test('startRelay() rebuilds a log that was wiped, version by version', async () => {
  const one = fixture.relay();
  await eventually(() => expect(one.ready()).toBe(true));
  await mixedChanges(fixture, newIds(10), 200);
  await logIsWhole(fixture);
  await eventually(() => expect(one.status().sweeps).toBe(1));
  await removeStreams(fixture.nc);
  await logIsWhole(fixture);
  await mixedChanges(fixture, newIds(10), 50);
  await logIsWhole(fixture);
  expect(one.status()).toMatchObject({ rewinds: 1 });
});

test('startRelay() begins with what was there before it, and loses nothing that changes meanwhile', async () => {
  const ids = newIds(30);
  for (const id of ids) await createAgent(fixture, id);
  const one = fixture.relay();
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
  const one = fixture.relay();
  await eventually(() => expect(one.ready()).toBe(true));
  for (const id of ids) await createAgent(fixture, id);
  await logIsWhole(fixture);
  await one.stop();
  for (const id of ids) await updateAgent(fixture, id, { hostname: 'a' });
  for (const id of ids) await updateAgent(fixture, id, { hostname: 'b' });
  await loseHistory(fixture);
  const next = fixture.relay();
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
  const one = fixture.relay();
  await eventually(() => expect(one.ready()).toBe(true));
  await createAgent(fixture, id);
  await logIsWhole(fixture);
  await one.stop();
  await updateAgent(fixture, id, { hostname: 'passed over' });
  const checkpoints = fixture.db.collection<{ _id: string; token: unknown }>('relay_checkpoints');
  const stream = fixture.db.watch();
  await stream.tryNext();
  await checkpoints.updateOne({ _id: 'latest' }, { $set: { token: stream.resumeToken } });
  await stream.close();
  const next = fixture.relay();
  await createAgent(fixture, other);
  await updateAgent(fixture, id, { hostname: 'next' });
  await logIsWhole(fixture);
  expect(next.status().rewinds).toBeGreaterThan(0);
});

test('startRelay() tells of each record that began to live, and again where MongoDB was away or the record is compared', async () => {
  const told: string[] = [];
  let failure: Error | undefined;
  const one = fixture.relay(async ({ key, v, state }) => {
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
  await logIsWhole(fixture);
  await eventually(() => expect(told).toEqual([`${a} 1 alive`, `${a} 4 alive`]));

  told.length = 0;
  failure = new MongoNetworkError('away');
  await createAgent(fixture, b);
  await eventually(() => expect(told.filter((line) => line === `${b} 1 alive`)).toHaveLength(2));
  failure = new Error('a defect');
  await createAgent(fixture, c);
  await updateAgent(fixture, c, { hostname: 'new' });
  await logIsWhole(fixture);
  await eventually(() => expect(one.status()).toMatchObject({ state: 'relaying', inFlight: 0 }));
  expect(told.filter((line) => line === `${c} 1 alive`)).toHaveLength(1);

  await deleteAgent(fixture, b);
  await logIsWhole(fixture);
  await one.stop();
  told.length = 0;
  await loseHistory(fixture);
  const two = fixture.relay(async ({ key, v }) => void told.push(`${key} ${v}`));
  await eventually(() => expect(two.status().sweeps).toBe(1));
  // What the oplog still has may be told besides.
  expect(told).toEqual(expect.arrayContaining([`${a} 4`, `${c} 2`]));
  expect(told).not.toContain(`${b} 2`);
});

test('startRelay() stands by for another, and takes over at once when that one stops', async () => {
  const one = fixture.relay();
  await eventually(() => expect(one.status().state).toBe('relaying'));
  const other = fixture.relay();
  await eventually(() => expect(other.status().state).toBe('standby'));
  await createAgent(fixture, newIds(1)[0]!);
  await logIsWhole(fixture);
  await one.stop();
  const stoppedAt = Date.now();
  await mixedChanges(fixture, newIds(2), 10);
  await logIsWhole(fixture);
  // Sooner than the lease would have run out by itself.
  expect(Date.now() - stoppedAt).toBeLessThan(4_500);
  expect(other.status()).toMatchObject({ state: 'relaying', rewinds: 0 });
  expect(other.status().published).toBeGreaterThan(0);
});
