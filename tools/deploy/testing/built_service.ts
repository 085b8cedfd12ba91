import { execFile } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '@muster/dev';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..', '..');

/**
 * Does what the Dockerfile does, outside of Docker: prunes the repository to one service, installs what that needs in production
 * (offline: it is in pnpm's store from the repository's own installation), makes one file of it, and gives back that file, with nothing of
 * what it was made of beside it.
 */
export async function buildService(
  service: string,
  { into: folder, from = 'services', main = 'main.ts' }: { into: string; from?: string; main?: string },
): Promise<string> {
  // How old each version is was judged when the repository was installed; offline, nobody can be asked again.
  const env = {
    ...process.env,
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    PNPM_CONFIG_MINIMUM_RELEASE_AGE: '0',
  };
  const turbo = join(repository, 'node_modules', '.bin', 'turbo');
  await run(turbo, ['prune', `@muster/${service}`, '--docker', '--out-dir', folder], {
    cwd: repository,
    env,
  });
  const app = join(folder, 'json');
  const { packageManager } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  const install = [
    'install',
    '--prod',
    '--no-optional',
    '--frozen-lockfile',
    '--ignore-scripts',
    '--offline',
  ];
  await run('npx', ['--yes', packageManager, ...install], { cwd: app, env });
  await cp(join(folder, 'full'), app, { recursive: true });
  const file = await bundle(join(app, from, service, main), join(folder, 'image'));
  await rm(app, { recursive: true });
  return file;
}
