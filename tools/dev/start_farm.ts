import { join, resolve } from 'node:path';
import { allOrNone } from './all_or_none.ts';
import { type CertificateFiles, farmCertificate } from './certificate.ts';
import { farmPorts } from './farm_ports.ts';
import type { ServerBinaries } from './find_servers.ts';
import { lockHome } from './home_lock.ts';
import { demandMongodb, mongodbUrlOf } from './mongod.ts';
import { demandNats, natsUrlOf } from './nats_server.ts';
import { demandFree, freePort, loopback } from './ports.ts';
import type { Care, Handle } from './process_handle.ts';
import {
  type BackService,
  backServices,
  cleanEnv,
  type FarmAddresses,
  type ServiceName,
  serviceEnv,
} from './services.ts';
import { startWanted } from './start_servers.ts';
import { mainOf, startService } from './start_service.ts';
import { stopFarm } from './stop_farm.ts';
import { farmToken } from './token.ts';

/** A running farm. */
export interface Farm {
  /** The gateway's address. */
  readonly url: string;
  /** The certificate that the gateway shows, which its clients must trust; undefined without TLS. */
  readonly certFile: string | undefined;
  readonly token: string;
  readonly tokenFile: string;
  readonly home: string;
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  /** Every process by name: `mongod`, `nats-server`, the services, `gateway`; more instances are `tags-2`, `tags-3` … */
  readonly processes: Readonly<Record<string, Handle>>;
  /** Ends the gateway, the services, nats-server and mongod, in this order. */
  stop(): Promise<void>;
}

/** What `startFarm` takes; only `home` must be given. */
export interface FarmOptions extends Pick<Care, 'restart' | 'say' | 'signal'> {
  readonly home: string;
  /** The gateway's port; 8080 by default, 0 for a free one. */
  readonly port?: number;
  /** The services behind the gateway; all by default. */
  readonly services?: readonly BackService[];
  /** Servers that run already, to use instead of own ones. */
  readonly servers?:
    | 'own'
    | { readonly mongodbUrl?: string | undefined; readonly natsUrl?: string | undefined };
  /** Variables for the services, and the ports (`TAGS_PORT`, `MONGODB_PORT` …), on top of this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the gateway serves HTTPS, with a certificate that `home` keeps unless TLS_CERT_FILE and TLS_KEY_FILE name another. */
  readonly tls?: boolean;
  /** Processes per service behind the gateway, which calls them in turn. */
  readonly instances?: number;
  /** The farm's token, instead of the one that the home keeps. */
  readonly token?: string | undefined;
  readonly backends?: string;
  readonly binaries?: ServerBinaries;
  /** The program of a service, for tests of the launcher itself. */
  readonly main?: (name: ServiceName) => string;
  readonly readyWithin?: number;
}

/**
 * Starts servers, services and gateway on the data of `home` and resolves when all are ready.
 *
 * @throws {FarmError} when a port or the home is in use, or a process fails; nothing is left running then
 */
export async function startFarm(options: FarmOptions): Promise<Farm> {
  const { say = () => {}, signal } = options;
  const home = resolve(options.home);
  const port = options.port === 0 ? await freePort() : (options.port ?? 8080);
  const release = await lockHome(home, port);
  const processes: Record<string, Handle> = {};
  const take = (handles: readonly Handle[]) => {
    for (const handle of handles) processes[handle.name] = handle;
  };
  const stop = async () => {
    await stopFarm(processes, say);
    await release();
  };
  try {
    await demandFree(port, 'PORT');
    const ports = await farmPorts(home, { ...process.env, ...options.env });
    const given = options.servers === 'own' ? {} : (options.servers ?? {});
    if (given.mongodbUrl) await demandMongodb(given.mongodbUrl);
    if (given.natsUrl) await demandNats(given.natsUrl);
    const wanted = {
      mongodb: given.mongodbUrl ? undefined : ports.mongodb,
      nats: given.natsUrl ? undefined : ports.nats,
    };
    take(await startWanted(wanted, { ...options, home }));

    const { token, file: tokenFile, hashes } = await farmToken(home, options.token);
    const tls = await certificateOf(home, options);
    const mongodbUrl = given.mongodbUrl || mongodbUrlOf(ports.mongodb);
    const natsUrl = given.natsUrl || natsUrlOf(ports.nats);
    const behind = await backPlaces(options, ports);
    // A service that is left out keeps its address: the gateway says then that it is away.
    const urlsOf = (name: BackService) => {
      const own = behind.filter((place) => place.name === name).map((place) => place.port);
      return (own.length > 0 ? own : [ports[name]]).map((one) => `http://${loopback}:${one}`).join(',');
    };
    const urls = { tags: urlsOf('tags'), assemblers: urlsOf('assemblers'), registry: urlsOf('registry') };
    const places = [...behind, { name: 'gateway', label: 'gateway', port } as const];
    take(
      await startAll(
        places,
        { mongodbUrl, natsUrl, tokensFile: hashes, urls, tls },
        { ...options, home, signal },
      ),
    );
    return {
      url: `${tls ? 'https' : 'http'}://${loopback}:${port}`,
      certFile: tls?.certFile,
      token,
      tokenFile,
      home,
      mongodbUrl,
      natsUrl,
      processes,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A certificate that the environment names goes before one of the farm's own. */
async function certificateOf(home: string, { tls, env }: FarmOptions): Promise<CertificateFiles | undefined> {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = { ...process.env, ...env };
  if (certFile && keyFile) return { certFile, keyFile };
  return tls ? await farmCertificate(home) : undefined;
}

interface Place {
  readonly name: ServiceName;
  readonly label: string;
  readonly port: number;
}

/** Every instance behind the gateway: the first of each service on its kept port, the others on new ones. */
async function backPlaces(
  { services = backServices, instances = 1 }: FarmOptions,
  ports: Readonly<Record<BackService, number>>,
): Promise<Place[]> {
  const places: Place[] = [];
  for (const name of services) {
    places.push({ name, label: name, port: ports[name] });
    for (let n = 2; n <= instances; n++) places.push({ name, label: `${name}-${n}`, port: await freePort() });
  }
  return places;
}

async function startAll(
  places: readonly Place[],
  farm: FarmAddresses,
  options: FarmOptions,
): Promise<Handle[]> {
  const { home, restart = false, say = () => {}, main = mainOf, readyWithin } = options;
  const env = { ...cleanEnv(process.env), ...options.env };
  return await allOrNone(
    (signal) =>
      places.map(async ({ name, label, port }) => {
        const began = Date.now();
        const handle = await startService(name, {
          port,
          label,
          logs: join(home, 'logs'),
          env: serviceEnv(name, farm, env),
          main: main(name),
          ...(readyWithin && { readyWithin }),
          tls: name === 'gateway' && farm.tls !== undefined,
          ...{ restart, say, signal },
        });
        say(`${label} is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
        return handle;
      }),
    options.signal,
  );
}
