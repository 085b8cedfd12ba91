/**
 * A reader of the farm's events as a foreign system would write it: it knows the AsyncAPI description and nothing of the farm's code.
 *
 * ```ts
 * for (const { type, key, v, state } of await readStream(natsUrl, 'FARM_STATE')) …
 * ```
 *
 * @module
 */
import { type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** One event: one version of one record. `state` is null where the record was deleted. */
export interface SeenChange {
  readonly subject: string;
  /** Its place in the stream that it was read from. */
  readonly seq: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly verb: string;
  readonly key: string;
  readonly v: number;
  readonly born: number;
  readonly traceparent: string;
  readonly state: Readonly<Record<string, unknown>> | null;
}

/** A reader that goes on reading; `seen` grows as events come. */
export interface Follower extends AsyncDisposable {
  readonly seen: readonly SeenChange[];
}

/** Reads a stream from its first message to its end. */
export async function readStream(natsUrl: string, stream: string): Promise<SeenChange[]> {
  const nc = await connect({ servers: natsUrl, timeout: 5_000 });
  try {
    const info = await (await jetstreamManager(nc)).streams.info(stream);
    const seen: SeenChange[] = [];
    if (info.state.messages === 0) return seen;
    const consumer = await jetstream(nc).consumers.get(stream, {});
    for await (const message of await consumer.consume()) {
      seen.push(toChange(message));
      if (message.info.pending === 0) break;
    }
    return seen;
  } finally {
    await nc.close();
  }
}

/** How many messages a stream holds. */
export async function countMessages(natsUrl: string, stream: string): Promise<number> {
  const nc = await connect({ servers: natsUrl, timeout: 5_000 });
  try {
    return (await (await jetstreamManager(nc)).streams.info(stream)).state.messages;
  } finally {
    await nc.close();
  }
}

/** Follows FARM from its first message on, until disposed of. */
export async function followLog(natsUrl: string): Promise<Follower> {
  const nc: NatsConnection = await connect({ servers: natsUrl, timeout: 5_000 });
  const consumer = await jetstream(nc).consumers.get('FARM', {});
  const messages = await consumer.consume();
  const seen: SeenChange[] = [];
  const done = (async () => {
    for await (const message of messages) seen.push(toChange(message));
  })();
  return {
    seen,
    async [Symbol.asyncDispose]() {
      await messages.close();
      await done;
      await nc.close();
    },
  };
}

function toChange(message: JsMsg): SeenChange {
  const headers: Record<string, string> = {};
  for (const [name, values] of message.headers ?? []) headers[name] = values.join(',');
  const [, type = '', verb = ''] = (headers['ce-type'] ?? '').split('.');
  return {
    subject: message.subject,
    seq: message.seq,
    headers,
    type,
    verb,
    key: headers['ce-subject'] ?? '',
    v: Number(headers['ce-version']),
    born: Number(headers['ce-born']),
    traceparent: headers['ce-traceparent'] ?? '',
    state: message.data.length === 0 ? null : (message.json() as Record<string, unknown>),
  };
}
