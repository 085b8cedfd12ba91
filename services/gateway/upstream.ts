import type { ServiceName } from '@muster/contracts';
import { Pool } from 'undici';
import { type Breaker, type BreakerOptions, openBreaker } from './breaker.ts';

/** One process of a service: the connections to it and what is thought of its health. */
export type Instance = { readonly origin: string; readonly pool: Pool; readonly breaker: Breaker };

/** A service as the gateway sees it: one or more instances, used in turn. */
export type Upstream = {
  readonly service: ServiceName;
  readonly instances: readonly Instance[];
  /** The next instance that its breaker admits, rather not `avoided`; undefined when none does. */
  readonly choose: (avoided?: Instance) => Instance | undefined;
  /** Whole seconds after which an instance may be admitted again, at least 1. */
  readonly waitSeconds: () => number;
  readonly close: () => Promise<void>;
};

const CONNECTIONS = 64;
const CONNECT_MS = 1_000;
/** Well under the 65 s after which a service closes an idle connection, so that no request meets a closing one. */
const KEEP_ALIVE_MS = 30_000;
const BETWEEN_CHUNKS_MS = 15_000;

/**
 * Opens a service's instances from a comma-separated list of addresses. Nothing is connected yet.
 *
 * @throws {Error} when an entry is no http or https address, or there is none.
 */
export function openUpstream(
  service: ServiceName,
  addresses: string,
  options: Partial<BreakerOptions> & { connections?: number } = {},
): Upstream {
  const instances = addresses.split(',').map((address): Instance => {
    const origin = originOf(service, address.trim());
    return { origin, pool: openPool(origin, options.connections), breaker: openBreaker(options) };
  });
  let turn = 0;
  return {
    service,
    instances,
    choose(avoided) {
      for (let step = 0; step < instances.length; step++) {
        const instance = instances[turn++ % instances.length]!;
        if (instance !== avoided && instance.breaker.admits()) return instance;
      }
      return avoided?.breaker.admits() ? avoided : undefined;
    },
    waitSeconds: () =>
      Math.max(1, Math.ceil(Math.min(...instances.map(({ breaker }) => breaker.wait())) / 1_000)),
    close: async () => void (await Promise.all(instances.map(({ pool }) => pool.destroy()))),
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

function originOf(service: ServiceName, address: string): string {
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  throw new Error(
    `Cannot start: ${service.toUpperCase()}_URL has "${address}", which is no http address. Give one or more, comma-separated.`,
  );
}
