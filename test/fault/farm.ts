import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenApiDocument, SCOPES } from '@muster/contracts';
import {
  findServers,
  freePort,
  type Handle,
  type ServiceName,
  sharedBackends,
  startServers,
  startService,
} from '@muster/dev';
import { exchange } from '../http_exchange.ts';
import { openProxies, type Proxies } from './proxies.ts';

/** The services of which there are two instances each. */
export const doubled = ['tags', 'assemblers', 'registry'] as const;

/** A service of which there are two instances. */
export type Doubled = (typeof doubled)[number];

/**
 * A farm to be broken: real mongod and nats-server, the gateway, and two instances of every service, with a proxy on each way from
 * one to another. Links are called `tags→mongod`, `tags→nats-server`, `gateway→tags-2` and `client→gateway`.
 */
export interface FaultFarm {
  readonly home: string;
  /** The gateway, by way of its link. */
  readonly url: string;
  /** The servers themselves, past every link. */
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  readonly token: string;
  readonly document: OpenApiDocument;
  readonly links: Proxies;
  process(name: string): Handle;
  stop(): Promise<void>;
}

/** Starts the farm in a fresh folder; `env` is for the services. Nothing is left of it after `stop` but what it logged. */
export async function startFaultFarm(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<FaultFarm> {
  const home = await mkdtemp(join(tmpdir(), 'muster-fault-'));
  const binaries = await findServers({ backends: sharedBackends, say });
  // An oplog and a store that are small enough to be cut and filled.
  const servers = await startServers({ home, binaries, limits: { oplogMb: 64, natsStoreMb: 192 } });
  const instances = await Promise.all(
    doubled.flatMap((service) =>
      [service, `${service}-2`].map(async (label) => ({ service, label, port: await freePort() })),
    ),
  );
  const gatewayPort = await freePort();
  const links = await openProxies([
    ...doubled.flatMap((service) => [
      { name: `${service}→mongod`, port: portOf(servers.mongodbUrl) },
      { name: `${service}→nats-server`, port: portOf(servers.natsUrl) },
    ]),
    ...instances.map(({ label, port }) => ({ name: `gateway→${label}`, port })),
    { name: 'client→gateway', port: gatewayPort },
  ]);
  const token = `muster_${randomBytes(32).toString('base64url')}`;
  const tokensFile = join(home, 'tokens.json');
  await writeFile(tokensFile, JSON.stringify({ tokens: [everything(token)] }), { mode: 0o600 });

  const logs = join(home, 'logs');
  const urlsOf = (service: Doubled) =>
    [service, `${service}-2`].map((label) => `http://127.0.0.1:${links.port(`gateway→${label}`)}`).join();
  const start = (service: ServiceName, options: { label: string; port: number; env: NodeJS.ProcessEnv }) =>
    startService(service, { logs, ...options, env: { ...env, LOG_LEVEL: 'info', ...options.env } });
  const handles = await Promise.all([
    ...instances.map(({ service, label, port }) =>
      start(service, {
        label,
        port,
        env: {
          // Directly, since the set's own idea of where its member is leads past the link.
          MONGODB_URL: `mongodb://127.0.0.1:${links.port(`${service}→mongod`)}/?directConnection=true`,
          NATS_URL: `nats://127.0.0.1:${links.port(`${service}→nats-server`)}`,
          TOKENS_FILE: tokensFile,
        },
      }),
    ),
    start('gateway', {
      label: 'gateway',
      port: gatewayPort,
      env: {
        TAGS_URL: urlsOf('tags'),
        ASSEMBLERS_URL: urlsOf('assemblers'),
        REGISTRY_URL: urlsOf('registry'),
      },
    }),
  ]);
  const processes = new Map([servers.mongod, servers.nats, ...handles].map((one) => [one.name, one]));
  const url = `http://127.0.0.1:${links.port('client→gateway')}`;
  const described = await exchange(url, { method: 'GET', path: '/openapi.json', headers: {} });
  return {
    home,
    url,
    mongodbUrl: `${servers.mongodbUrl}&directConnection=true`,
    natsUrl: servers.natsUrl,
    token,
    document: described.body as OpenApiDocument,
    links,
    process(name) {
      const handle = processes.get(name);
      if (handle === undefined) throw new Error(`the farm has no process ${name}`);
      return handle;
    },
    async stop() {
      await Promise.all([...processes.values()].map((one) => one.stop('SIGKILL')));
      await links.close();
      await rm(join(home, 'mongodb'), { recursive: true, force: true });
      await rm(join(home, 'nats'), { recursive: true, force: true });
    },
  };
}

const portOf = (url: string): number => Number(new URL(url).port);

const everything = (token: string) => ({
  sha256: createHash('sha256').update(token).digest('hex'),
  name: 'workload',
  scopes: SCOPES,
  expires: null,
});
