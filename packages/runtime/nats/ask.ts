import { unavailable } from '@muster/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { RequestHandler } from './nats_link.ts';

/**
 * Asks and waits for one answer, JSON both ways.
 *
 * @throws {AppError} `unavailable` when there is no connection, nobody who serves the subject, or no answer in time.
 */
export async function ask(
  nc: NatsConnection | undefined,
  request: { subject: string; payload: unknown; timeoutMs: number },
): Promise<unknown> {
  // The client would keep a request until it is connected again.
  if (nc === undefined) throw unavailable('nats_unavailable', {});
  try {
    const options = { timeout: request.timeoutMs };
    const reply = await nc.request(request.subject, JSON.stringify(request.payload), options);
    return reply.json();
  } catch (error) {
    throw unavailable('nats_unavailable', {}, error);
  }
}

/** Answers requests on a subject, each on its own; gives back what ends that. */
export function answerRequests(
  nc: NatsConnection,
  served: { subject: string; queue: string; handler: RequestHandler; log: Logger },
): () => void {
  const { subject, queue, handler, log } = served;
  const subscription = nc.subscribe(subject, {
    queue,
    callback(error, message) {
      if (error !== null) return log.error({ err: error, subject }, 'cannot serve a subject');
      const answer = async () => handler(message.json());
      answer()
        .catch((cause: unknown) => {
          log.warn({ err: cause, subject }, 'a request could not be answered');
          return { error: cause instanceof Error ? cause.message.slice(0, 255) : 'error' };
        })
        .then((reply) => message.respond(JSON.stringify(reply)))
        .catch((cause: unknown) => log.warn({ err: cause, subject }, 'an answer could not be sent'));
    },
  });
  return () => {
    if (!nc.isClosed()) subscription.unsubscribe();
  };
}
