import { findServers, sharedBackends } from '@muster/dev';
import type { TestProject } from 'vitest/node';

/** Vitest's global set-up of the tests that start farms of their own: finds or installs the servers, once for all. */
export async function setup(project: TestProject): Promise<void> {
  const say = (line: string) => console.error(line);
  project.provide('farmBinaries', await findServers({ backends: sharedBackends, say }));
}
