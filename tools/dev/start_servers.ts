import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { allOrNone } from './all_or_none.ts';
import { findServers, type ServerBinaries } from './find_servers.ts';
import { mongodbUrlOf, startMongod } from './mongod.ts';
import { natsUrlOf, startNatsServer } from './nats_server.ts';
import { keptPorts, loopback } from './ports.ts';
import type { Care, Handle } from './process_handle.ts';

/** The repository's folder. */
export const repository = join(import.meta.dirname, '..', '..');

/** Where the programs are kept when nothing else is said: one download for every home that a test makes. */
export const sharedBackends = process.env.MUSTER_BACKENDS || join(repository, '.muster', 'backends');

/** Both servers, running. */
export interface Servers {
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  readonly mongod: Handle;
  readonly nats: Handle;
  /** Ends nats-server, then mongod. */
  stop(): Promise<void>;
}

/** What `startServers` takes; only `home` must be given. */
export interface ServersOptions extends Care {
  /** Folder of data, logs and ports; made when absent. */
  readonly home: string;
  /** The programs; found or installed unless given. */
  readonly binaries?: ServerBinaries | undefined;
  readonly ports?: { readonly mongodb?: number; readonly nats?: number };
  /** Bounds, in MB, for tests that run into them. */
  readonly limits?: { readonly oplogMb: number; readonly natsStoreMb: number } | undefined;
}

/** Starts mongod and nats-server on the data of `home` and resolves when both answer. */
export async function startServers({ ports, ...options }: ServersOptions): Promise<Servers> {
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const chosen = await keptPorts(join(options.home, 'ports.json'), ['mongodb', 'nats'], ports);
  const [mongod, nats] = (await startWanted(chosen, options)) as [Handle, Handle];
  return {
    mongodbUrl: mongodbUrlOf(chosen.mongodb),
    natsUrl: natsUrlOf(chosen.nats),
    mongod,
    nats,
    async stop() {
      await nats.stop();
      await mongod.stop();
    },
  };
}

/** What `startWanted` takes. */
export interface WantedOptions extends Omit<ServersOptions, 'ports'> {
  readonly backends?: string | undefined;
}

/** Starts those of mongod and nats-server, in this order, that `ports` names. */
export async function startWanted(
  { mongodb, nats }: { readonly mongodb?: number | undefined; readonly nats?: number | undefined },
  { home, binaries, backends = sharedBackends, say = () => {}, signal, limits, ...care }: WantedOptions,
): Promise<Handle[]> {
  if (!mongodb && !nats) return [];
  const { mongod, natsServer } = binaries ?? (await findServers({ backends, say, signal }));
  const told = async (start: Promise<Handle>, port: number) => {
    const began = Date.now();
    const handle = await start;
    say(`${handle.name} is ready on ${loopback}:${port} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return handle;
  };
  return await allOrNone((given) => {
    const all: Care = { ...care, say, signal: given };
    return [
      ...(mongodb
        ? [told(startMongod({ home, binary: mongod, port: mongodb, limitMb: limits?.oplogMb }, all), mongodb)]
        : []),
      ...(nats
        ? [
            told(
              startNatsServer({ home, binary: natsServer, port: nats, limitMb: limits?.natsStoreMb }, all),
              nats,
            ),
          ]
        : []),
    ];
  }, signal);
}
