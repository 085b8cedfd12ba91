import { LOG_STREAM } from '@muster/contracts';
import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import {
  createInbox,
  type Msg,
  type MsgHdrs,
  MsgHdrsImpl,
  type NatsConnection,
} from '@nats-io/transport-node';
import type { OutgoingMessage } from './cloud_event.ts';

/** What publishes to FARM over one connection. */
export type LogPublisher = {
  /**
   * Publishes one message where FARM has `lastSeq` as the last sequence of its subject, 0 for none, and no message of its id.
   *
   * @throws {JetStreamApiError} with the server's refusal. {Error} when it says nothing in time, or is not there.
   */
  publish(message: OutgoingMessage, lastSeq: number): Promise<PubAck>;
  close(): void;
};

type Waiting = PromiseWithResolvers<PubAck> & { readonly timer: NodeJS.Timeout };

const PATIENCE_MS = 5_000;

/**
 * Opens it; `inbox` is the prefix under which this process may hear answers. All acknowledgements come over one subscription: the client's
 * own `publish` makes a request of each message, which took an eighth of a service's work for a create.
 */
export function openLogPublisher(nc: NatsConnection, inbox: string): LogPublisher {
  const waiting = new Map<string, Waiting>();
  const answers = createInbox(inbox);
  let count = 0;
  const settle = (token: string, end: (one: Waiting) => void) => {
    const one = waiting.get(token);
    if (one === undefined) return;
    waiting.delete(token);
    clearTimeout(one.timer);
    end(one);
  };
  const subscription = nc.subscribe(`${answers}.*`, {
    callback(error, message) {
      if (error !== null) return;
      settle(message.subject.slice(answers.length + 1), ({ resolve, reject }) => {
        try {
          resolve(readAck(message));
        } catch (refusal) {
          reject(refusal);
        }
      });
    },
  });
  return {
    publish(message, lastSeq) {
      const { subject, payload, messageId } = message;
      count += 1;
      const token = String(count);
      const late = () =>
        settle(token, ({ reject }) =>
          reject(new Error(`nats-server did not acknowledge ${messageId} in time`)),
        );
      const one = { ...Promise.withResolvers<PubAck>(), timer: setTimeout(late, PATIENCE_MS) };
      waiting.set(token, one);
      try {
        nc.publish(subject, payload, {
          reply: `${answers}.${token}`,
          headers: withConditions(message, lastSeq),
        });
      } catch (error) {
        settle(token, ({ reject }) => reject(error));
      }
      return one.promise;
    },
    close() {
      if (!nc.isClosed()) subscription.unsubscribe();
      for (const token of waiting.keys()) settle(token, ({ reject }) => reject(new Error('closed')));
    },
  };
}

const withConditions = ({ headers, messageId }: OutgoingMessage, lastSeq: number): MsgHdrs =>
  MsgHdrsImpl.fromRecord({
    ...headers,
    'Nats-Msg-Id': [messageId],
    'Nats-Expected-Stream': [LOG_STREAM],
    'Nats-Expected-Last-Subject-Sequence': [String(lastSeq)],
  });

type Answer = Partial<PubAck> & { readonly error?: ConstructorParameters<typeof JetStreamApiError>[0] };

function readAck(message: Msg): PubAck {
  if (message.headers?.code === 503) throw new Error('JetStream is away');
  const { error, stream, seq, duplicate = false, ...rest } = message.json<Answer>();
  if (error !== undefined) throw new JetStreamApiError(error);
  if (stream === undefined || seq === undefined) throw new Error('an acknowledgement without a sequence');
  return { ...rest, stream, seq, duplicate };
}
