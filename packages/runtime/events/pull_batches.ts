import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, JsMsg } from '@nats-io/jetstream';

const MAX_HELD = 256;
const EXPIRES_MS = 3000;
const WORKING_MS = 2000;
/**
 * A batch costs about as much as one message, so there is one in so many ms at most; what comes after a quiet time waits for nothing, nor
 * does what is many already.
 */
const GATHER_MS = 50;
const MANY = MAX_HELD / 2;

/**
 * Hands over what has arrived, as soon as anything has; what arrives meanwhile is the next batch. At most 256 messages are
 * held, and the server is told that they are being worked on, so that none is delivered again while `handle` takes its
 * time.
 *
 * @throws what `handle` throws, or when the consumer is gone.
 */
export async function pullBatches(
  consumer: Consumer,
  options: {
    ended: AbortSignal;
    handle: (batch: readonly JsMsg[]) => Promise<void>;
  },
): Promise<void> {
  while (!options.ended.aborted) {
    await pullOnce(consumer, options);
  }
}

async function pullOnce(
  consumer: Consumer,
  options: { ended: AbortSignal; handle: (batch: readonly JsMsg[]) => Promise<void> },
): Promise<void> {
  const inbox: JsMsg[] = [];
  let batch: JsMsg[] = [];
  let finished = false;
  let wake = Promise.withResolvers<void>();
  const messages = await consumer.fetch({ max_messages: MAX_HELD, expires: EXPIRES_MS });
  const stop = () => messages.stop();
  options.ended.addEventListener('abort', stop, { once: true });
  if (options.ended.aborted) stop();

  const collect = async () => {
    for await (const message of messages) {
      inbox.push(message);
      wake.resolve();
    }
  };
  let failure: unknown;
  collect()
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      finished = true;
      wake.resolve();
    });
  const working = setInterval(() => {
    for (const message of [...batch, ...inbox]) message.working();
  }, WORKING_MS);

  let takenAt = Number.NEGATIVE_INFINITY;
  const gather = async () => {
    const left = takenAt + GATHER_MS - performance.now();
    if (left >= 1 && inbox.length < MANY)
      await sleep(left, undefined, { signal: options.ended }).catch(() => {});
    takenAt = performance.now();
  };
  try {
    while (!finished) {
      await wake.promise;
      wake = Promise.withResolvers();
      while (inbox.length > 0) {
        await gather();
        batch = inbox.splice(0);
        await options.handle(batch);
        batch = [];
      }
    }
  } finally {
    clearInterval(working);
    options.ended.removeEventListener('abort', stop);
    stop();
  }
  if (failure !== undefined) throw failure;
}
