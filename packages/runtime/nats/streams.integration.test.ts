import { DEAD_LETTER_STREAM, LOG_STREAM, STATE_STREAM } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { AckPolicy, jetstream, jetstreamManager, PersistMode } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureStreams, readStreams } from './streams.ts';

let nc: NatsConnection;

const removeStreams = async () => {
  const manager = await jetstreamManager(nc);
  for (const name of [STATE_STREAM, LOG_STREAM, DEAD_LETTER_STREAM]) {
    await manager.streams.delete(name).catch(() => {});
  }
};

const publish = (subject: string) => jetstream(nc).publish(subject, '{}');

/** Waits until a stream holds that many messages. */
const holds = (stream: string, messages: number) =>
  expect
    .poll(async () => (await (await jetstreamManager(nc)).streams.info(stream)).state.messages, {
      timeout: 5000,
    })
    .toBe(messages);

beforeEach(async () => {
  nc = await connect({ servers: natsUrlOfWorker() });
  await removeStreams();
});

afterEach(async () => {
  await removeStreams();
  await nc.close();
});

test('ensureStreams() makes the streams once, whoever else does so at the same time', async () => {
  expect(await readStreams(nc)).toBeUndefined();
  await Promise.all(Array.from({ length: 5 }, () => ensureStreams(nc)));
  const first = await readStreams(nc);
  expect(await ensureStreams(nc)).toEqual(first);
  expect(first).toMatchObject({ lastSeq: 0 });
});

test('ensureStreams() makes a log that nobody can cut, and the last state of every record', async () => {
  await ensureStreams(nc);
  const manager = await jetstreamManager(nc);
  for (const subject of ['farm.job.1', 'farm.job.1', 'farm.job.2']) await publish(subject);
  await holds(LOG_STREAM, 3);
  await holds(STATE_STREAM, 2);
  await expect(manager.streams.purge(LOG_STREAM)).rejects.toThrow();
  await expect(manager.streams.deleteMessage(LOG_STREAM, 1)).rejects.toThrow();
  // A look-up is no event.
  await expect(publish('farm.rpc.job.lookup')).rejects.toThrow();
});

test('ensureStreams() makes FARM_STATE anew when it belongs to a log that was lost', async () => {
  const before = await ensureStreams(nc);
  for (const key of [1, 2, 3]) await publish(`farm.job.${key}`);
  await holds(STATE_STREAM, 3);
  await (await jetstreamManager(nc)).streams.delete(LOG_STREAM);
  const after = await ensureStreams(nc);
  expect(after.epoch).not.toBe(before.epoch);
  expect(after.stateEpoch).not.toBe(before.stateEpoch);
  await publish('farm.job.7');
  await holds(STATE_STREAM, 1);
});

test('ensureStreams() has FARM written through, and FARM_STATE not, which can be filled from it again', async () => {
  await ensureStreams(nc);
  const manager = await jetstreamManager(nc);
  const modeOf = async (stream: string) => (await manager.streams.info(stream)).config.persist_mode;
  expect(await modeOf(LOG_STREAM)).not.toBe(PersistMode.Async);
  expect(await modeOf(DEAD_LETTER_STREAM)).not.toBe(PersistMode.Async);
  expect(await modeOf(STATE_STREAM)).toBe(PersistMode.Async);
});

test('ensureStreams() keeps the advisory of a message that was delivered in vain', async () => {
  await ensureStreams(nc);
  const manager = await jetstreamManager(nc);
  await manager.consumers.add(LOG_STREAM, {
    durable_name: 'vain',
    ack_policy: AckPolicy.Explicit,
    max_deliver: 1,
  });
  await publish('farm.job.1');
  const consumer = await jetstream(nc).consumers.get(LOG_STREAM, 'vain');
  const message = await consumer.next({ expires: 2000 });
  message?.nak();
  // The server finds out when it would deliver it again.
  await consumer.next({ expires: 1000 });
  await holds(DEAD_LETTER_STREAM, 1);
  const letter = await manager.streams.getMessage(DEAD_LETTER_STREAM, { seq: 1 });
  expect(letter?.subject).toBe(`$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${LOG_STREAM}.vain`);
  expect(letter?.json()).toMatchObject({ stream_seq: 1, deliveries: 1 });
});
