import type { ServiceName } from '@muster/contracts';
import { type Instance, type InstanceOptions, openInstance } from './instance.ts';

/** A service as the gateway sees it: one or more instances, used in turn. */
export type Upstream = {
  readonly service: ServiceName;
  readonly instances: readonly Instance[];
  /** The next instance that its breaker admits, rather a ready one, and rather not `avoided`; undefined when none does. */
  readonly choose: (avoided?: Instance) => Instance | undefined;
  /** Whole seconds after which an instance may be admitted again, at least 1. */
  readonly waitSeconds: () => number;
  readonly close: () => Promise<void>;
};

/**
 * Opens a service's instances from a comma-separated list of addresses. Nothing is connected yet.
 *
 * @throws {Error} when an entry is no http or https address, or there is none.
 */
export function openUpstream(
  service: ServiceName,
  addresses: string,
  options: InstanceOptions = {},
): Upstream {
  const instances = addresses
    .split(',')
    .map((address) => openInstance(originOf(service, address.trim()), options));
  let turn = 0;
  const next = (fits: (instance: Instance) => boolean): Instance | undefined => {
    for (let step = 0; step < instances.length; step++) {
      const instance = instances[turn++ % instances.length]!;
      // Asked last, because to be admitted may be to take the one trial.
      if (fits(instance) && instance.breaker.admits()) return instance;
    }
    return undefined;
  };
  return {
    service,
    instances,
    choose: (avoided) =>
      next((instance) => instance.ready && instance !== avoided) ??
      // It may have become ready since, and if not, it can say best what it lacks.
      next((instance) => instance !== avoided) ??
      (avoided?.breaker.admits() ? avoided : undefined),
    waitSeconds: () =>
      Math.max(1, Math.ceil(Math.min(...instances.map(({ breaker }) => breaker.wait())) / 1_000)),
    close: async () => void (await Promise.all(instances.map(({ pool }) => pool.destroy()))),
  };
}

function originOf(service: ServiceName, address: string): string {
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  throw new Error(
    `Cannot start: ${service.toUpperCase()}_URL has "${address}", which is no http address. Give one or more, comma-separated.`,
  );
}
