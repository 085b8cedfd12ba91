import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bundleService,
  type Farm,
  freePort,
  type Handle,
  type ServerBinaries,
  type ServiceName,
  startFarm,
  startService,
} from '@muster/dev';

/** A farm, and how to start further processes beside it. */
export interface Stage {
  readonly home: string;
  readonly farm: Farm;
  /** A service's program, one file as an image has it. */
  program(name: ServiceName): string;
  /** A service of the farm, mongod or nats-server, by name. */
  process(name: string): Handle;
  /** Starts a peer, `bench/peers/<name>.ts`, on a port of its own and with Node as it comes; the one that runs when it was started before. */
  peer(name: string, env?: NodeJS.ProcessEnv): Promise<Handle>;
  /** Starts a further gateway whose services are all at one address. */
  gatewayBefore(url: string): Promise<Handle>;
  stop(): Promise<void>;
}

/** So high that no load meets it, but it counts. */
const POLL_LIMIT = '1000000000';

/** As a farm is shipped, whatever the environment of this process says. */
export const farmSettings: NodeJS.ProcessEnv = { LOG_LEVEL: 'info', NODE_ENV: 'production', POLL_LIMIT };

/** Starts a farm in `home`; its peers come when they are asked for. */
export async function openStage(
  home: string,
  options: { binaries: ServerBinaries; say: (line: string) => void; signal: AbortSignal },
): Promise<Stage> {
  const { signal } = options;
  const names = ['tags', 'assemblers', 'registry', 'gateway'] as const;
  const files = await Promise.all(names.map(bundleService));
  const program = (name: ServiceName): string => files[names.indexOf(name)]!;
  const farm = await startFarm({
    ...{ home, port: 0, servers: 'own', env: farmSettings, main: program },
    ...options,
  });
  const logs = join(home, 'logs');
  await mkdir(logs, { recursive: true });
  const further = new Map<string, Promise<Handle>>();
  const once = (name: string, start: (port: number) => Promise<Handle>) => {
    const running = further.get(name) ?? freePort().then(start);
    further.set(name, running);
    return running;
  };
  return {
    ...{ home, farm, program },
    process(name) {
      const handle = farm.processes[name];
      if (handle === undefined) throw new Error(`the farm has no process ${name}`);
      return handle;
    },
    peer: (name, env = {}) =>
      once(name, (port) =>
        startService(name, {
          main: join(import.meta.dirname, 'peers', `${name}.ts`),
          env: { NODE_ENV: 'production', MONGODB_URL: farm.mongodbUrl, DATABASE: `peer_${name}`, ...env },
          ...{ port, logs, signal, plainNode: true },
        }),
      ),
    gatewayBefore: (url) =>
      once('second_gateway', (port) =>
        startService('gateway', {
          label: 'second_gateway',
          main: program('gateway'),
          env: { ...farmSettings, TAGS_URL: url, ASSEMBLERS_URL: url, REGISTRY_URL: url },
          ...{ port, logs, signal },
        }),
      ),
    async stop() {
      const handles = await Promise.allSettled(further.values());
      // What they stored is thrown away, so nothing need end in order.
      const all = handles.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      await Promise.all([...all, ...Object.values(farm.processes)].map((one) => one.stop('SIGKILL')));
      await farm.stop();
    },
  };
}
