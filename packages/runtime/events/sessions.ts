import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { NatsLink } from '../nats/nats_link.ts';

/**
 * One stretch of work over one unbroken connection. `ended` aborts when the connection is lost or the work is to stop, and
 * `stopping` in the latter case only.
 */
export type Session = {
  readonly nc: NatsConnection;
  readonly ended: AbortSignal;
  readonly stopping: AbortSignal;
};

/** Waits for `ms`, or until the signal aborts; never throws and keeps no process alive. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => {});

/** How long to wait before the next attempt: doubling from 50 ms to 2 s. */
export const backOffMs = (attempt: number): number => Math.min(2000, 50 * 2 ** Math.min(attempt, 10));

/**
 * Works in sessions until `stopping` aborts: a new one each time NATS is connected, and after a session that failed or was
 * cut, since whatever was true of the streams before need not be so after. Never throws.
 */
export async function runSessions(
  options: { link: NatsLink; stopping: AbortSignal; log: Logger; name: string },
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { link, stopping, log, name } = options;
  let failures = 0;
  while (!stopping.aborted) {
    const lost = new AbortController();
    const forget = link.onDown(() => lost.abort(new Error('the NATS connection was lost')));
    const startedAt = Date.now();
    try {
      const nc = await link.connection(stopping);
      await work({ nc, ended: AbortSignal.any([lost.signal, stopping]), stopping });
      failures = 0;
    } catch (error) {
      if (stopping.aborted) break;
      failures = Date.now() - startedAt > 10_000 ? 1 : failures + 1;
      log[lost.signal.aborted ? 'debug' : 'warn']({ err: error }, `${name}: starting over`);
      await pause(backOffMs(failures), stopping);
    } finally {
      forget();
    }
  }
}
