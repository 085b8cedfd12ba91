import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerBinaries } from './find_servers.ts';
import { freePort } from './ports.ts';
import type { Handle } from './process_handle.ts';
import type { BackService } from './services.ts';
import { type Servers, startServers } from './start_servers.ts';
import { startService } from './start_service.ts';
import { farmToken } from './token.ts';

/** Servers of a test's own, on which it starts any number of instances of services. */
export interface TestServices {
  readonly servers: Servers;
  /** A token with every scope. */
  readonly token: string;
  /** Starts one instance on a free port; `settings` are its own environment. */
  start(name: BackService, settings?: NodeJS.ProcessEnv): Promise<Handle>;
  /** Ends all instances, then the servers, and removes all they stored. */
  stop(): Promise<void>;
}

/** Starts mongod and nats-server in a fresh folder, for services that a test starts without the rest of a farm. */
export async function startTestServices(binaries: ServerBinaries): Promise<TestServices> {
  const home = await mkdtemp(join(tmpdir(), 'muster-services-'));
  const servers = await startServers({ home, binaries });
  const { token, hashes } = await farmToken(home);
  const instances: Handle[] = [];
  return {
    servers,
    token,
    async start(name, settings = {}) {
      const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = servers;
      const instance = await startService(name, {
        port: await freePort(),
        logs: join(home, 'logs'),
        label: `${name}-${instances.length}`,
        env: { MONGODB_URL, NATS_URL, TOKENS_FILE: hashes, ...settings },
      });
      instances.push(instance);
      return instance;
    },
    async stop() {
      await Promise.all(instances.map((instance) => instance.stop()));
      await servers.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
