import { STATE_STREAM } from '@muster/contracts';
import { AckPolicy, DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';

const BATCH = 256;

/**
 * Reads the last state of every record from FARM_STATE, in the log's order and in batches of up to 256, to where it ended
 * when this began (on a busy farm it never ends). Gives back the highest sequence of FARM among them, 0 when there were
 * none: every message of FARM up to it has been read, or was overtaken by one of the same record that was read or comes later.
 *
 * @throws when the connection or the stream is lost on the way.
 */
export async function readState(
  nc: NatsConnection,
  options: {
    subjects: readonly string[];
    handle: (batch: readonly JsMsg[]) => Promise<void>;
    ended: AbortSignal;
  },
): Promise<number> {
  const manager = await jetstreamManager(nc, { checkAPI: false });
  const end = (await manager.streams.info(STATE_STREAM)).state.last_seq;
  const { name } = await manager.consumers.add(STATE_STREAM, {
    filter_subjects: [...options.subjects],
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    inactive_threshold: nanos(60_000),
    mem_storage: true,
    num_replicas: 1,
  });
  const consumer = await jetstream(nc).consumers.get(STATE_STREAM, name);
  let last = 0;
  let delivered = 0;
  let isAtEnd = false;
  while (!isAtEnd && (await consumer.info()).num_pending > 0) {
    options.ended.throwIfAborted();
    const batch: JsMsg[] = [];
    for await (const message of await consumer.fetch({ max_messages: BATCH, expires: 1000 })) {
      delivered += 1;
      // Nothing is delivered twice here, so a message that got lost on the way would be missed for good.
      if (message.info.deliverySequence !== delivered) throw new Error('a message of FARM_STATE got lost');
      last = Math.max(last, sourceSequence(message));
      batch.push(message);
      isAtEnd = message.info.pending === 0 || message.info.streamSequence >= end;
      if (isAtEnd) break;
    }
    if (batch.length > 0) await options.handle(batch);
  }
  await manager.consumers.delete(STATE_STREAM, name).catch(() => {});
  return last;
}

/** The sequence that a message of FARM_STATE has in FARM, from `Nats-Stream-Source: <stream> <sequence> …`. */
export const sourceSequence = (message: { headers?: JsMsg['headers'] }): number =>
  Number(message.headers?.get('Nats-Stream-Source').split(' ')[1] ?? 0) || 0;
