import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * How a link lets bytes through: `open`; `slow`, each chunk later; `hung`, none for the time being; `one_way`, requests only;
 * `half_open`, the far side is closed and the near side never told; `cut`, every connection reset and none taken.
 */
export type LinkMode = 'open' | 'slow' | 'hung' | 'one_way' | 'half_open' | 'cut';

/** A link to open: a name, and the port on loopback that it leads to. */
export interface LinkTarget {
  readonly name: string;
  readonly port: number;
}

/** TCP proxies that can be broken in several ways. They run in a thread of their own. */
export interface Proxies {
  readonly names: readonly string[];
  /** The port at which a link is entered. */
  port(name: string): number;
  set(name: string, mode: LinkMode): void;
  close(): Promise<void>;
}

/** Opens a proxy before each target. */
export async function openProxies(targets: readonly LinkTarget[]): Promise<Proxies> {
  const worker = new Worker(new URL('./proxy_worker.ts', import.meta.url), { workerData: targets });
  const [ports] = (await once(worker, 'message')) as [Readonly<Record<string, number>>];
  return {
    names: targets.map(({ name }) => name),
    port(name) {
      const port = ports[name];
      if (port === undefined) throw new Error(`there is no link ${name}`);
      return port;
    },
    set: (name, mode) => worker.postMessage({ name, mode }),
    close: async () => void (await worker.terminate()),
  };
}
