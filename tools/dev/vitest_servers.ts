import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findServers, type ServerBinaries } from './find_servers.ts';
import { natsUrlOf, startNatsServer } from './nats_server.ts';
import { freePort } from './ports.ts';
import { sharedBackends, startServers } from './start_servers.ts';

declare module 'vitest' {
  /** What an integration test can `inject()`. */
  export interface ProvidedContext {
    mongodbUrl: string;
    /** One nats-server for each worker, whose streams a test may empty; see `natsUrlOfWorker`. */
    natsUrls: readonly string[];
    /** For a test that starts servers of its own with `startServers`. */
    serverBinaries: ServerBinaries;
  }
}

/** Vitest's global set-up of the integration tests: one mongod, and a nats-server for each worker, in a fresh folder, gone afterwards. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => console.error(line);
  const binaries = await findServers({ backends: sharedBackends, say });
  const home = await mkdtemp(join(tmpdir(), 'muster-servers-'));
  const servers = await startServers({ home, binaries, say });
  project.provide('mongodbUrl', servers.mongodbUrl);
  const further = await Promise.all(
    Array.from({ length: project.config.maxWorkers - 1 }, async (_, index) => {
      const place = {
        home: join(home, `nats-${index + 2}`),
        binary: binaries.natsServer,
        port: await freePort(),
      };
      return { url: natsUrlOf(place.port), handle: await startNatsServer(place) };
    }),
  );
  project.provide('natsUrls', [servers.natsUrl, ...further.map(({ url }) => url)]);
  project.provide('serverBinaries', binaries);
  return async () => {
    await Promise.all([servers.stop(), ...further.map(({ handle }) => handle.stop())]);
    await rm(home, { recursive: true, force: true });
  };
}
