import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { repository } from './start_servers.ts';
import { mainOf, nodeArguments } from './start_service.ts';

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
  '--supported:dynamic-import=false',
  // What the MongoDB driver reads its address with; Node's own is the same standard, and needs no tables of its own.
  '--alias:whatwg-url=node:url',
  '--alias:@mongodb-js/saslprep=./tools/dev/saslprep.cjs',
  '--minify-syntax',
  '--minify-whitespace',
  '--sourcemap',
  '--sources-content=false',
  '--log-level=error',
];

/**
 * Makes the program of an image in a folder: one file of it and all that it imports, and what is compiled of that; gives back the path of
 * the `main.cjs` that runs it.
 */
export async function bundle(program: string, folder: string): Promise<string> {
  const main = join(folder, 'main.cjs');
  await mkdir(folder, { recursive: true });
  const esbuild = fileURLToPath(import.meta.resolve('esbuild/bin/esbuild'));
  const outfile = `--outfile=${join(folder, 'program.cjs')}`;
  await run(process.execPath, [esbuild, program, ...bundleArguments, outfile], { cwd: repository });
  await copyFile(join(import.meta.dirname, 'run_compiled.cjs'), main);
  await run(process.execPath, [...nodeArguments, main, 'keep'], { env: { PATH: process.env.PATH } });
  return main;
}

/** Makes the program of a service as an image has it, into `.muster/bundles`; gives back its path. */
export const bundleService = (name: string): Promise<string> =>
  bundle(mainOf(name), join(repository, '.muster', 'bundles', name));
