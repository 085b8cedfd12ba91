import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { repository } from './start_servers.ts';
import { compileCache, mainOf, nodeArguments } from './start_service.ts';

const run = promisify(execFile);

/**
 * How esbuild makes one file of a program and all that it imports, as the Dockerfile has it: Node reads it in a third of the time of the six
 * hundred modules that it is made of. Functions keep their names, for the stack traces in a log; the map beside it leads to their lines.
 */
export const bundleArguments = [
  '--bundle',
  '--platform=node',
  '--target=node26',
  '--format=cjs',
  '--minify-syntax',
  '--minify-whitespace',
  '--sourcemap',
  '--sources-content=false',
  '--log-level=error',
];

/** Makes the file `main.cjs` of a program in a folder, and gives back its path. */
export async function bundle(main: string, folder: string): Promise<string> {
  const file = join(folder, 'main.cjs');
  await mkdir(folder, { recursive: true });
  const esbuild = fileURLToPath(import.meta.resolve('esbuild/bin/esbuild'));
  await run(process.execPath, [esbuild, main, ...bundleArguments, `--outfile=${file}`], { cwd: repository });
  return file;
}

/** Makes a service's program as an image has it, compiled: into `.muster/bundles`. */
export async function bundleService(name: string): Promise<string> {
  const file = await bundle(mainOf(name), join(repository, '.muster', 'bundles', name));
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache };
  // Without settings it ends at once, but all of it is compiled by then.
  await run(process.execPath, [...nodeArguments, file], { env }).catch(() => {});
  return file;
}
