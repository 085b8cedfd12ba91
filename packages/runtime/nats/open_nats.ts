import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { answerRequests, ask } from './ask.ts';
import type { NatsLink, RequestHandler } from './nats_link.ts';

type Served = { subject: string; queue: string; handler: RequestHandler; end?: () => void };

/**
 * Opens the link to NATS without waiting for it: it connects in the background and reconnects for ever. `url` is one
 * address or several parted by commas, and may carry `user:password@`.
 */
export function openNats(options: { url: string; name: string; log: Logger }): NatsLink {
  const { log } = options;
  const closing = new AbortController();
  const changes = new EventTarget();
  const served = new Set<Served>();
  let nc: NatsConnection | undefined;
  let up = false;

  const turn = (now: boolean) => {
    if (up === now) return;
    up = now;
    if (now) log.info('NATS is connected');
    else if (!closing.signal.aborted) log.warn('NATS is away; trying on');
    changes.dispatchEvent(new Event(now ? 'up' : 'down'));
  };
  const listen = (name: string, listener: () => void) => {
    changes.addEventListener(name, listener);
    return () => changes.removeEventListener(name, listener);
  };
  const subscribe = (one: Served, connection: NatsConnection) => {
    one.end = answerRequests(connection, { ...one, log });
  };

  const run = async () => {
    // The client reconnects by itself; only a connection that it gave up for good is made anew here.
    while (!closing.signal.aborted) {
      nc = await firstConnection(options, closing.signal);
      if (nc === undefined) return;
      for (const one of served) subscribe(one, nc);
      turn(true);
      for await (const { type } of nc.status()) {
        if (type === 'disconnect' || type === 'staleConnection' || type === 'close') turn(false);
        if (type === 'reconnect') turn(true);
      }
      turn(false);
    }
  };
  const done = run().catch((error) => log.error({ err: error }, 'the NATS link ended'));

  const current = () => (up ? nc : undefined);
  return {
    current,
    isUp: () => up,
    onDown: (listener) => listen('down', listener),
    onUp: (listener) => listen('up', listener),
    request: (subject, payload, timeoutMs = 300) => ask(current(), { subject, payload, timeoutMs }),
    connection(signal) {
      if (up && nc !== undefined) return Promise.resolve(nc);
      const ended = AbortSignal.any(signal === undefined ? [closing.signal] : [closing.signal, signal]);
      const { promise, resolve, reject } = Promise.withResolvers<NatsConnection>();
      const refuse = () => reject(ended.reason);
      if (ended.aborted) refuse();
      ended.addEventListener('abort', refuse, { once: true });
      const stop = listen('up', () => nc !== undefined && resolve(nc));
      return promise.finally(() => {
        stop();
        ended.removeEventListener('abort', refuse);
      });
    },
    serve(subject, queue, handler) {
      const one: Served = { subject, queue, handler };
      served.add(one);
      if (nc !== undefined && !nc.isClosed()) subscribe(one, nc);
      return () => {
        served.delete(one);
        one.end?.();
      };
    },
    async drain() {
      closing.abort(new Error('the NATS link is closed'));
      if (nc !== undefined && !nc.isClosed()) await (up ? nc.drain() : nc.close());
      await done;
      turn(false);
    },
  };
}

/** Tries until it worked; undefined when `signal` ends it. The client's own first attempt could not be called off. */
async function firstConnection(
  options: { url: string; name: string; log: Logger },
  signal: AbortSignal,
): Promise<NatsConnection | undefined> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const nc = await connect(connectionOptions(options));
      if (!signal.aborted) return nc;
      await nc.close();
    } catch (error) {
      if (attempt % 20 === 0) options.log.warn({ err: error }, 'NATS is away; trying on');
      await sleep(250, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return undefined;
}

/** Answers come to an inbox of one's own, which is all that the server's permissions let a service hear. */
export const inboxOf = (name: string): string => `_INBOX.${name}`;

/** The client takes user and password apart from the address only. */
function connectionOptions({ url, name }: { url: string; name: string }) {
  const addresses = url.split(',').map((one) => new URL(one.includes('://') ? one : `nats://${one}`));
  const { username, password } = addresses[0]!;
  return {
    name,
    inboxPrefix: inboxOf(name),
    servers: addresses.map(({ protocol, host }) => `${protocol}//${host}`),
    ...(username !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    timeout: 2000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    ignoreAuthErrorAbort: true,
    // Else it makes two errors with their stacks for each request, in case that it fails.
    noAsyncTraces: true,
    // A connection that hangs without being closed is given up after 3 to 9 s.
    pingInterval: 3000,
    maxPingOut: 2,
  };
}
