import { Pool } from 'undici';
import { type Breaker, type BreakerOptions, openBreaker } from './breaker.ts';

/** One process of a service: the connections to it, and what is thought of its health. */
export type Instance = {
  readonly origin: string;
  /** The connections to it; new ones once it has left. */
  readonly pool: Pool;
  readonly breaker: Breaker;
  /** What it said last of its readiness; true until it is asked for the first time. */
  readonly ready: boolean;
  /** It says that it is about to end: what is under way goes on, idle connections are closed, and it is sent nothing more. */
  readonly leaves: () => void;
  /** What it said of its readiness when it was asked at `askedAt`, in ms of `performance.now()`; undefined for no answer. */
  readonly heard: (ready: boolean | undefined, askedAt: number) => void;
};

/** How an instance is dealt with. */
export type InstanceOptions = Partial<BreakerOptions> & { readonly connections?: number };

const CONNECTIONS = 64;
const CONNECT_MS = 1_000;
/**
 * Well under the 65 s after which a service closes an idle connection, so that no request meets a closing one; and short, so that
 * what a rush of requests opened is soon gone.
 */
const KEEP_ALIVE_MS = 10_000;
const BETWEEN_CHUNKS_MS = 15_000;

/** Opens an instance at an origin. Nothing is connected yet. */
export function openInstance(origin: string, options: InstanceOptions = {}): Instance {
  const breaker = openBreaker(options);
  let pool = openPool(origin, options.connections);
  let ready = true;
  return {
    origin,
    breaker,
    get pool() {
      return pool;
    },
    get ready() {
      return ready;
    },
    leaves() {
      ready = false;
      if (!breaker.leaves()) return;
      // Who sends the requests can close a connection without cutting one off. The service waits for that.
      const left = pool;
      pool = openPool(origin, options.connections);
      left.close().catch(() => {});
    },
    heard(isReady, askedAt) {
      ready = isReady ?? false;
      if (isReady !== undefined) breaker.isBack(askedAt);
      if (isReady) breaker.isReady();
    },
  };
}

const openPool = (origin: string, connections = CONNECTIONS): Pool =>
  new Pool(origin, {
    connections,
    pipelining: 1,
    connect: { timeout: CONNECT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Else the service's own Keep-Alive header would prolong it.
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The gateway's own deadline counts from the request on, waiting for a connection included.
    headersTimeout: 0,
    bodyTimeout: BETWEEN_CHUNKS_MS,
  });
