import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServers, type ServerBinaries, sharedBackends, startFarm } from '@muster/dev';
import type { TestProject } from 'vitest/node';

/** A running farm as tests see it: addresses, token and folder. */
export interface ProvidedFarm {
  /** The gateway's address. */
  readonly url: string;
  readonly token: string;
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  readonly home: string;
  /** Each process's own address, past the gateway: `tags`, `assemblers`, `registry`, `gateway`. */
  readonly services: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  /** What a system test can `inject()`. */
  export interface ProvidedContext {
    farm: ProvidedFarm;
    /** For a test that starts a farm of its own with `startFarm`, to stop and kill its processes. */
    farmBinaries: ServerBinaries;
  }
}

/** Vitest's global set-up of the system tests: one whole farm in a fresh folder, gone afterwards; its logs stay in `.results`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => console.error(line);
  const home = await mkdtemp(join(tmpdir(), 'muster-farm-'));
  const leave = async () => {
    const logs = join(import.meta.dirname, '..', '.results', 'farm-logs');
    await cp(join(home, 'logs'), logs, { recursive: true }).catch(() => {});
    await rm(home, { recursive: true, force: true });
  };
  try {
    const binaries = await findServers({ backends: sharedBackends, say });
    // All tests come from one address, and many with a bad token.
    const env = { FAILED_TOKENS_PER_MINUTE: '0' };
    const farm = await startFarm({ home, port: 0, binaries, env, say });
    const { url, token, mongodbUrl, natsUrl, processes } = farm;
    const services = Object.fromEntries(
      Object.values(processes).flatMap((handle) => (handle.url ? [[handle.name, handle.url]] : [])),
    );
    project.provide('farm', { url, token, mongodbUrl, natsUrl, home, services });
    project.provide('farmBinaries', binaries);
    return async () => {
      await farm.stop();
      await leave();
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
