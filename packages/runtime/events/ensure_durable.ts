import { randomUUID } from 'node:crypto';
import { LOG_STREAM } from '@muster/contracts';
import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiCodes,
  jetstreamManager,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { Collection, Db } from 'mongodb';
import { ensureStreams, isApiError, readStreams } from '../nats/streams.ts';
import type { Reach } from './in_order.ts';
import { isStillThere } from './still_there.ts';

/** Says that this database was filled from the log of that epoch; `_id` is the durable's name. */
export type ReadModelMarker = { _id: string; epoch: string; pass: string; at: Date };

type Wanted = {
  readonly durable: string;
  readonly subjects: readonly string[];
  readonly markers: Collection<ReadModelMarker>;
  readonly replicas?: number;
  /** The last message that this process took. */
  readonly seen: Reach | undefined;
  /** Fills the read model from FARM_STATE and gives back the sequence of FARM that it reaches to. */
  readonly bootstrap: () => Promise<number>;
};

const CONSUMER_EXISTS = [10013, 10148];

/** The collection of a service's markers. */
export const markersOf = (db: Db): Collection<ReadModelMarker> =>
  db.collection<ReadModelMarker>('read_model');

/**
 * Sees to it that the durable consumer goes on exactly where the read model ends. It is bootstrapped anew when this
 * database was never filled (or was restored without its marker), when the log was lost or went back, and when the durable
 * is gone or follows other subjects. Several instances may do so at once: whoever makes the durable has read the state first.
 */
export async function ensureDurable(nc: NatsConnection, wanted: Wanted): Promise<void> {
  const { durable, markers } = wanted;
  const streams = await ensureStreams(nc, wanted.replicas === undefined ? {} : { replicas: wanted.replicas });
  const marker = await markers.findOne({ _id: durable });
  const info = await durableInfo(nc, durable);
  if (marker?.epoch === streams.epoch && info !== undefined && (await isInStep(nc, { info, wanted }))) return;

  const reached = await wanted.bootstrap();
  const now = await markers.findOne({ _id: durable });
  const isDoneByOther = now?.epoch === streams.epoch && now.pass !== marker?.pass;
  if (isDoneByOther && (await durableInfo(nc, durable)) !== undefined) return;
  await makeDurable(nc, { wanted, startAt: reached + 1 });
  const next = { epoch: streams.epoch, pass: randomUUID(), at: new Date() };
  await markers.updateOne({ _id: durable }, { $set: next }, { upsert: true });
}

/** False when the durable follows other subjects, or stands where the log does not reach or has become another one. */
async function isInStep(nc: NatsConnection, deps: { info: ConsumerInfo; wanted: Wanted }): Promise<boolean> {
  const { info, wanted } = deps;
  const { filter_subject, filter_subjects = [filter_subject ?? ''] } = info.config;
  if ([...filter_subjects].sort().join() !== [...wanted.subjects].sort().join()) return false;
  const streams = await readStreams(nc);
  if (streams === undefined || info.delivered.stream_seq > streams.lastSeq) return false;
  return wanted.seen === undefined || isStillThere(nc, { reach: wanted.seen, streams });
}

async function makeDurable(nc: NatsConnection, { wanted, startAt }: { wanted: Wanted; startAt: number }) {
  const manager = await jetstreamManager(nc, { checkAPI: false });
  if ((await durableInfo(nc, wanted.durable)) !== undefined) {
    await manager.consumers.delete(LOG_STREAM, wanted.durable).catch(() => {});
  }
  try {
    await manager.consumers.add(LOG_STREAM, {
      durable_name: wanted.durable,
      filter_subjects: [...wanted.subjects],
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: startAt,
      ack_wait: nanos(3000),
      max_deliver: 20,
      max_ack_pending: 1024,
    });
  } catch (error) {
    // Another instance made it just now, and had read the state before, too.
    if (!CONSUMER_EXISTS.some((code) => isApiError(error, code))) throw error;
  }
}

async function durableInfo(nc: NatsConnection, durable: string): Promise<ConsumerInfo | undefined> {
  const manager = await jetstreamManager(nc, { checkAPI: false });
  try {
    return await manager.consumers.info(LOG_STREAM, durable);
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.ConsumerNotFound)) return undefined;
    throw error;
  }
}
