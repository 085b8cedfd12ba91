import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_STREAM } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createAgent, eventually, type Fixture, log, newIds, openFixture, updateAgent } from './fixture.ts';
import { foldByVersion } from './fold_by_version.ts';
import { type FoldingConsumer, startConsumer } from './folding_consumer.ts';

type Copy = { _id: string; v: number };

let fixture: Fixture;
let consumer: FoldingConsumer;

const copies = () => fixture.db.collection<Copy>('agent_copies');
const versionOf = async (id: string) => (await copies().findOne({ _id: id }))?.v ?? 0;
const lag = () => Date.now() - consumer.age.asOf();

const pauseDurable = async (ms: number) => {
  const manager = await jetstreamManager(fixture.nc);
  if (ms > 0) await manager.consumers.pause(LOG_STREAM, 'tags_references', new Date(Date.now() + ms));
  else await manager.consumers.resume(LOG_STREAM, 'tags_references');
};

/** How much of the log the consumer has not acknowledged. */
const missing = async () => {
  const manager = await jetstreamManager(fixture.nc);
  const { num_pending, num_ack_pending } = await manager.consumers.info(LOG_STREAM, 'tags_references');
  return num_pending + num_ack_pending;
};

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
  const { db, link } = fixture;
  const docs = (changes: Parameters<typeof foldByVersion>[1]) => foldByVersion(copies(), changes as Copy[]);
  consumer = startConsumer({
    service: 'tags',
    name: 'references',
    types: ['agent'],
    hearsOwners: true,
    db,
    link,
    apply: (changes) => docs(changes.map(({ event: { key, v } }) => ({ _id: key, v }))),
    log,
  });
});

afterEach(async () => {
  await consumer.stop();
  await fixture.close();
});

test('the age is not known before an owner speaks, and is below a second in quiet', async () => {
  await eventually(() => expect(consumer.ready()).toBe(true));
  await sleep(600);
  expect(consumer.age.asOf()).toBe(0);
  fixture.relay();
  await eventually(() => expect(lag()).toBeLessThan(1_000));
  const seen: number[] = [];
  for (let time = 0; time < 60; time += 1) {
    await sleep(33);
    seen.push(lag());
  }
  seen.sort((a, b) => a - b);
  expect(seen[30]).toBeLessThan(1_000);
});

test('while the durable is held back the age grows past what is missing, and falls once it is let go', async () => {
  fixture.relay();
  await eventually(() => expect(lag()).toBeLessThan(1_000));
  await pauseDurable(60_000);
  const [id = ''] = newIds(1);
  await createAgent(fixture, id);
  const acknowledged = Date.now();
  for (let time = 0; time < 30; time += 1) {
    expect(consumer.age.asOf()).toBeLessThanOrEqual(acknowledged);
    await sleep(50);
  }
  expect(await versionOf(id)).toBe(0);
  expect(lag()).toBeGreaterThanOrEqual(1_500);
  await pauseDurable(0);
  await eventually(() => expect(consumer.age.asOf()).toBeGreaterThan(acknowledged));
  expect(await versionOf(id)).toBe(1);
});

test('while the owner does not publish, a consumer that has caught up does not call itself fresh', async () => {
  const first = fixture.relay();
  await eventually(() => expect(lag()).toBeLessThan(1_000));
  await first.stop();
  const [id = ''] = newIds(1);
  await createAgent(fixture, id);
  const acknowledged = Date.now();
  await sleep(1_500);
  expect(await missing()).toBe(0);
  expect(consumer.age.asOf()).toBeLessThanOrEqual(acknowledged);
  expect(lag()).toBeGreaterThanOrEqual(1_500);
  fixture.relay();
  await eventually(() => expect(consumer.age.asOf()).toBeGreaterThan(acknowledged));
  expect(await versionOf(id)).toBe(1);
});

/** Writes 20 agents again and again until stopped; tells what was acknowledged, and when. */
function startWriting() {
  const written: { id: string; v: number; at: number }[] = [];
  let writing = true;
  const lanes = newIds(20).map(async (id) => {
    for (let v = 1; writing; v += 1) {
      await (v === 1 ? createAgent(fixture, id) : updateAgent(fixture, id, { hostname: `h${v}` }));
      written.push({ id, v, at: Date.now() });
      await sleep(40);
    }
  });
  const stop = async () => {
    writing = false;
    await Promise.all(lanes);
  };
  return { written, stop };
}

test('what was acknowledged before the time that the age names is there, under load and over changes of relays', async () => {
  const { written, stop } = startWriting();
  // It begins under load: nothing but writes tells this relay that it has caught up.
  let relay = fixture.relay();
  await eventually(() => expect(consumer.age.asOf()).toBeGreaterThan(0), 40_000);
  const missing: string[] = [];
  const began = Date.now();
  let proven = 0;
  for (let change = 1; Date.now() < began + 40_000 && (proven < 500 || change < 4); ) {
    if (Date.now() > began + change * 3_000) {
      change += 1;
      await relay.stop();
      relay = fixture.relay();
    }
    const asOf = consumer.age.asOf();
    const due = written.filter(({ at }) => at < asOf);
    const latest = new Map(due.map(({ id, v }) => [id, v]));
    const found = await copies().find().toArray();
    const stored = new Map(found.map(({ _id, v }) => [_id, v]));
    for (const [id, v] of latest) if ((stored.get(id) ?? 0) < v) missing.push(`${id}@${v}`);
    proven = due.length;
    await sleep(30);
  }
  await stop();
  expect(missing).toEqual([]);
  expect(proven).toBeGreaterThanOrEqual(500);
  await eventually(() => expect(lag()).toBeLessThan(1_000));
});
