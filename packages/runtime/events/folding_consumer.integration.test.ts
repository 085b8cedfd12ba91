import { DEAD_LETTER_STREAM, eventType, LOG_STREAM, unavailable } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, MsgHdrsImpl } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { toMessage } from '../nats/cloud_event.ts';
import { ensureStreams } from '../nats/streams.ts';
import type { Apply } from './apply_changes.ts';
import { agentState, eventually, type Fixture, log, newIds, openFixture, removeStreams } from './fixture.ts';
import { foldByVersion } from './fold_by_version.ts';
import type { FoldedChange } from './fold_changes.ts';
import { type FoldingConsumer, startConsumer } from './folding_consumer.ts';

type Copy = { _id: string; v: number; born: number; live: boolean; hostname: string | null };

let fixture: Fixture;
let consumers: FoldingConsumer[] = [];
let seen: FoldedChange[] = [];

const copies = () => fixture.db.collection<Copy>('agent_copies');

const fold: Apply = async (changes) => {
  seen.push(...changes);
  await foldByVersion(
    copies(),
    changes.map(({ event: { key, v, born, state } }) => ({
      _id: key,
      v,
      born,
      live: state !== null,
      hostname: (state?.hostname as string | undefined) ?? null,
    })),
  );
};

function consumer(apply: Apply = fold): FoldingConsumer {
  const { db, link } = fixture;
  const one = startConsumer({ service: 'tags', name: 'references', types: ['agent'], db, link, apply, log });
  consumers.push(one);
  return one;
}

/** Publishes versions of one agent to the log: `c`reated, `u`pdated and `d`eleted in turn. */
async function publish(id: string, verbs: string, from = 1): Promise<void> {
  let born = 1;
  for (const [index, letter] of [...verbs].entries()) {
    const v = from + index;
    const verb = letter === 'c' ? 'created' : letter === 'u' ? 'updated' : 'deleted';
    if (verb === 'created') born = v;
    const message = toMessage({
      id: `${id}-${v}`,
      event: eventType('agent', verb),
      type: 'agent',
      key: id,
      v,
      born,
      at: new Date(),
      traceparent: null,
      state: verb === 'deleted' ? null : agentState(id, { hostname: `h${v}` }),
      service: 'registry',
    });
    const options = { headers: MsgHdrsImpl.fromRecord(message.headers) };
    await jetstream(fixture.nc).publish(message.subject, message.payload, options);
  }
}

const isCopied = (expected: Record<string, number>) =>
  eventually(async () => {
    const found = await copies().find().toArray();
    expect(Object.fromEntries(found.map(({ _id, v }) => [_id, v]))).toEqual(expected);
  });

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
  await ensureStreams(fixture.nc);
});

afterEach(async () => {
  await Promise.all(consumers.map((one) => one.stop()));
  consumers = [];
  seen = [];
  await fixture.close();
});

test('startConsumer() reads FARM_STATE first and goes on from there without a hole', async () => {
  const expected: Record<string, number> = {};
  const ids = newIds(600);
  for (const id of ids) {
    await publish(id, 'cu');
    expected[id] = 2;
  }
  const one = consumer();
  expect(one.ready()).toBe(false);
  // While it reads and after: new records, and new versions of those that it may have read or not.
  for (let more = 20; more > 0; more -= one.ready() ? 1 : 0) {
    const [id = ''] = newIds(1);
    const known = ids.pop();
    await publish(id, 'c');
    expected[id] = 1;
    if (known === undefined) continue;
    await publish(known, 'u', 3);
    expected[known] = 3;
  }
  await isCopied(expected);
  await eventually(() => expect(one.ready()).toBe(true));
  expect(one.status().bootstraps).toBe(1);
  const manager = await jetstreamManager(fixture.nc);
  const { config } = await manager.consumers.info(LOG_STREAM, 'tags_references');
  expect(config.opt_start_seq).toBeGreaterThan(1);
});

test('startConsumer() takes every record once the log was followed by two at once', async () => {
  const expected: Record<string, number> = {};
  const [one, other] = [consumer(), consumer()];
  for (const id of newIds(200)) {
    await publish(id, 'cud');
    expected[id] = 3;
  }
  await isCopied(expected);
  expect(one.status().applied).toBeGreaterThan(0);
  expect(other.status().applied).toBeGreaterThan(0);
  for (const copy of await copies().find().toArray()) expect(copy.live).toBe(false);
});

test('startConsumer() says that a record was deleted and made again within a batch', async () => {
  let isHeld = true;
  consumer(async (changes) => {
    if (isHeld) throw unavailable('mongodb_unavailable', {});
    await fold(changes);
  });
  const [first = '', id = ''] = newIds(2);
  await eventually(() => expect(consumers[0]?.ready()).toBe(true));
  await publish(first, 'c');
  await publish(id, 'cdc');
  isHeld = false;
  await isCopied({ [first]: 1, [id]: 3 });
  const change = seen.findLast(({ event }) => event.key === id);
  expect(change).toMatchObject({ deleted: true, event: { v: 3, born: 3, verb: 'created' } });
});

test('startConsumer() keeps a batch while the database is away, without a second delivery', async () => {
  let attempts = 0;
  const until = Date.now() + 7000;
  const apply: Apply = async (changes) => {
    attempts += 1;
    if (Date.now() < until) throw unavailable('mongodb_unavailable', {});
    await fold(changes);
  };
  const both = [consumer(apply), consumer(apply)];
  await eventually(() => expect(both.every((one) => one.ready())).toBe(true));
  const [id = ''] = newIds(1);
  await publish(id, 'c');
  await isCopied({ [id]: 1 });
  expect(attempts).toBeGreaterThan(3);
  const manager = await jetstreamManager(fixture.nc);
  await eventually(async () => {
    const info = await manager.consumers.info(LOG_STREAM, 'tags_references');
    expect(info).toMatchObject({ num_redelivered: 0, num_ack_pending: 0, delivered: { consumer_seq: 1 } });
  });
});

test('startConsumer() puts what its schema refuses into FARM_DLQ, once, and goes on', async () => {
  consumer();
  await eventually(() => expect(consumers[0]?.ready()).toBe(true));
  const [bad = '', good = ''] = newIds(2);
  const header = headers();
  const values = {
    id: 'x',
    type: 'farm.agent.created.v1',
    time: new Date().toISOString(),
    version: '1',
    born: '1',
  };
  for (const [name, value] of Object.entries(values)) header.set(`ce-${name}`, value);
  await jetstream(fixture.nc).publish(`farm.agent.${bad}`, '{"id":"not a uuid"}', { headers: header });
  await publish(good, 'c');
  await isCopied({ [good]: 1 });
  const manager = await jetstreamManager(fixture.nc);
  const letter = await manager.streams.getMessage(DEAD_LETTER_STREAM, { seq: 1 });
  expect(letter).toMatchObject({ subject: 'dlq.tags.agent' });
  expect(letter?.header.get('dlq-reason')).toContain('hostname');
  expect(letter?.header.get('dlq-subject')).toBe(`farm.agent.${bad}`);
  expect(letter?.header.get('ce-id')).toBe('x');
  await eventually(async () => {
    const info = await manager.consumers.info(LOG_STREAM, 'tags_references');
    expect(info.num_ack_pending).toBe(0);
  });
});

test('startConsumer() takes the others of a batch when one change is refused', async () => {
  const [bad = '', good = '', late = ''] = newIds(3);
  consumer(async (changes) => {
    if (changes.some(({ event }) => event.key === bad)) throw new Error('no room for it');
    await fold(changes);
  });
  await eventually(() => expect(consumers[0]?.ready()).toBe(true));
  await Promise.all([publish(bad, 'c'), publish(good, 'cu')]);
  await publish(late, 'c');
  await isCopied({ [good]: 2, [late]: 1 });
});

test('startConsumer() fills the read model anew when its database was restored without it', async () => {
  const [id = '', other = ''] = newIds(2);
  const one = consumer();
  await publish(id, 'cu');
  await isCopied({ [id]: 2 });
  await one.stop();
  await copies().deleteMany({});
  await fixture.db.collection('read_model').deleteMany({});
  const next = consumer();
  expect(next.ready()).toBe(false);
  await publish(other, 'c');
  await isCopied({ [id]: 2, [other]: 1 });
});

test('startConsumer() outlives the loss of its durable and of the streams', async () => {
  const [id = '', second = '', third = ''] = newIds(3);
  const one = consumer();
  await publish(id, 'c');
  await isCopied({ [id]: 1 });
  // It copies what FARM_STATE has before its durable is there.
  await eventually(() => expect(one.ready()).toBe(true));
  const manager = await jetstreamManager(fixture.nc);
  await manager.consumers.delete(LOG_STREAM, 'tags_references');
  await publish(second, 'c');
  await isCopied({ [id]: 1, [second]: 1 });
  await removeStreams(fixture.nc);
  await eventually(async () => expect((await manager.streams.info(LOG_STREAM)).created).toBeDefined());
  await publish(third, 'c');
  await isCopied({ [id]: 1, [second]: 1, [third]: 1 });
  expect(one.ready()).toBe(true);
});

test('startConsumer() is ready from the start when an earlier process filled the read model', async () => {
  const one = consumer();
  await eventually(() => expect(one.ready()).toBe(true));
  await one.stop();
  const link = { ...fixture.link, isUp: () => false, connection: () => new Promise<never>(() => {}) };
  const deps = { db: fixture.db, link, apply: fold, log };
  const follows = { service: 'tags', name: 'references', hearsOwners: true } as const;
  const next = startConsumer({ ...follows, types: ['agent'], ...deps });
  await eventually(() => expect(next.ready()).toBe(true), 1000);
  // It is not known yet how old that is.
  expect(next.age.asOf()).toBe(0);
});
