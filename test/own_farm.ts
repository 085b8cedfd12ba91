import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Farm, type Handle, startFarm } from '@muster/dev';
import { inject } from 'vitest';
import { type FarmClient, farmClient } from './client.ts';

/** A farm of a test's own, to stop and kill its processes. */
export interface OwnFarm extends Farm, AsyncDisposable {
  readonly client: FarmClient;
  /** A process of it by name. */
  readonly process: (name: string) => Handle;
}

/** Starts a whole farm in a fresh folder, with so many instances of each service; gone when disposed of; its logs stay in `.results`. */
export async function ownFarm(instances = 1): Promise<OwnFarm> {
  const home = await mkdtemp(join(tmpdir(), 'muster-own-farm-'));
  const leave = async () => {
    const logs = join(import.meta.dirname, '..', '.results', 'farm-logs', basename(home));
    await cp(join(home, 'logs'), logs, { recursive: true }).catch(() => {});
    await rm(home, { recursive: true, force: true });
  };
  try {
    const farm = await startFarm({ home, port: 0, binaries: inject('farmBinaries'), instances });
    return {
      ...farm,
      client: await farmClient(farm),
      process(name) {
        const handle = farm.processes[name];
        if (handle === undefined) throw new Error(`the farm has no process ${name}`);
        return handle;
      },
      async [Symbol.asyncDispose]() {
        // What it stored is thrown away, so nothing need end in order.
        await Promise.all(Object.values(farm.processes).map((process) => process.stop('SIGKILL')));
        await farm.stop();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
