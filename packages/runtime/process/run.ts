import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import type { Logger } from './log.ts';

/** What a process needs to run: where to listen, what to close at the end and in which order. */
export type RunOptions = {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** How long balancers get to see that the process is not ready any more, in ms. */
  readonly drainWaitMs: number;
  /** Tells the readiness route that the end has begun. */
  readonly drain: Drain;
  /** Closed one after another once the last request is answered: consumers, relay, NATS, MongoDB. */
  readonly closers: readonly (() => Promise<void>)[];
};

/** Whether the process has begun to end; `/readyz` answers 503 from then on. */
export type Drain = { begun: boolean };

const IN_FLIGHT_MS = 10_000;

/**
 * Listens, and ends in order on SIGTERM, SIGINT or an unhandled error: not ready, a short wait for balancers to see it, no new
 * connections, up to 10 s for requests in flight, then the closers. Exit code 0, or 1 after an error.
 *
 * @throws {Error} when the address is taken or may not be listened on.
 */
export async function runUntilStopped(server: Server, options: RunOptions): Promise<void> {
  const { log, drain } = options;
  closeWithGrace({ delay: IN_FLIGHT_MS + 5_000, logger: log }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'unhandled error: ending');
    else log.info({ signal }, 'ending');
    drain.begun = true;
    await sleep(err ? 0 : options.drainWaitMs);
    await closeServer(server);
    for (const close of options.closers)
      await close().catch((error) => log.error({ err: error }, 'closing failed'));
    log.info('ended');
  });
  // Whoever holds connections open for later requests learns not to use them, before they are closed under it.
  server.prependListener('request', (_request, response) => {
    if (drain.begun) response.setHeader('Connection', 'close').setHeader('Farm-Draining', '1');
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  log.info({ port, host: options.host }, 'listening');
}

/** Takes no new connection, ends the idle ones, and those that are still answering after 10 s. */
async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  // What has arrived but was not read yet is no idle connection: two turns of the loop take it in.
  await setImmediate();
  await setImmediate();
  const closed = once(server, 'close');
  // Idle keep-alive connections would hold the server open; new ones become idle as their answers end.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), IN_FLIGHT_MS);
  server.close();
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}
