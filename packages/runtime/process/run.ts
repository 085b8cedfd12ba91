import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import closeWithGrace from 'close-with-grace';
import type { Logger } from './log.ts';

/** What a process needs to run: where to listen, what to close at the end and in which order. */
export type RunOptions = {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** How long balancers get to see that the process is not ready any more, in ms. */
  readonly drainWaitMs: number;
  /** How long clients then get to close their connections themselves, in ms; 2 s unless said. */
  readonly letGoMs?: number;
  /** Aborted as the end begins; `/readyz` answers 503 from then on. */
  readonly drain: AbortController;
  /** Closed one after another once the last request is answered: consumers, relay, NATS, MongoDB. */
  readonly closers: readonly (() => Promise<void>)[];
};

/** The header fields of each answer of a process that has begun to end. */
export const drainingFields = { Connection: 'close', 'Farm-Draining': '1' } as const;

const IN_FLIGHT_MS = 10_000;
/** Several times what the gateway takes to see it, even on a busy machine. */
const LET_GO_MS = 2_000;
const LOOK_MS = 20;

/**
 * What of V8 is set once all is loaded: as arguments of Node's, these would turn away what Node has compiled of itself, 50 ms of a start
 * (docs/performance.md). `tools/dev/run_compiled.cjs` sets each back, a test sees to that.
 *
 * - Else V8 learns from requests that took long that what is made for one lives long, and makes it among the old objects from then on, where
 *   it keeps what it refers to from being collected soon.
 * - Else V8 tidies up in a process that has rested a little, and with the last object of a shape goes the fast code for that shape: for ten
 *   seconds a gateway then answers at half its rate.
 */
export const ONCE_LOADED = ['--no-allocation-site-pretenuring', '--memory-reducer-gc-count=0'];

/**
 * Listens, and ends in order on SIGTERM, SIGINT or an unhandled error: not ready, a short wait for balancers to see it and for clients to
 * close their connections, no new connections, up to 10 s for requests in flight, then the closers. Exit code 0, or 1 after an error.
 *
 * @throws {Error} when the address is taken or may not be listened on.
 */
export async function runUntilStopped(server: Server, options: RunOptions): Promise<void> {
  const { log, drain } = options;
  closeWithGrace({ delay: IN_FLIGHT_MS + 5_000, logger: log }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'unhandled error: ending');
    else log.info({ signal }, 'ending');
    drain.abort();
    await sleep(err ? 0 : options.drainWaitMs);
    await closeServer(server, err ? 0 : (options.letGoMs ?? LET_GO_MS));
    for (const close of options.closers)
      await close().catch((error) => log.error({ err: error }, 'closing failed'));
    log.info('ended');
  });
  // Whoever holds connections open for later requests learns to close them, before they are closed under it.
  server.prependListener('request', (_request, response) => {
    if (drain.signal.aborted) response.setHeaders(new Map(Object.entries(drainingFields)));
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  log.info({ port, host: options.host }, 'listening');
  for (const flag of ONCE_LOADED) setFlagsFromString(flag);
  // Else small buffers share pieces of 64 KB, of which each outlives most of its parts: a megabyte a second that only whole collections free.
  Buffer.poolSize = 0;
}

/**
 * Lets clients close their connections, then takes no new one, ends the idle ones, and after 10 s in all those that are still
 * answering.
 */
async function closeServer(server: Server, letGoMs: number): Promise<void> {
  if (!server.listening) return;
  const late = setTimeout(() => server.closeAllConnections(), IN_FLIGHT_MS);
  await untilLetGo(server, letGoMs);
  const closed = once(server, 'close');
  // Idle keep-alive connections would hold the server open; new ones become idle as their answers end.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  server.close();
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/**
 * Waits until nobody holds a connection, for `ms` at most. A request may be on its way on any connection at any time, and only who
 * sends requests can tell: connections are better closed from there. Looks several times, because one that the kernel has taken is
 * not counted before the next turn of the loop.
 */
async function untilLetGo(server: Server, ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (let without = 0; without < 3 && performance.now() < end; await sleep(LOOK_MS)) {
    without = (await connections(server)) === 0 ? without + 1 : 0;
  }
}

const connections = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
