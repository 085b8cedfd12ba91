import { spawn } from 'node:child_process';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { withFileLock } from '@muster/tokens';
import { FarmError } from './farm_error.ts';
import { tied } from './process_run.ts';

/** Python wheels, pinned by hash in the file `requirements`, and the folder that they go to. */
export interface Wheels {
  readonly folder: string;
  readonly requirements: string;
  /** What they are, and how large, for people. */
  readonly what: string;
  /** What to do where pip cannot be had. */
  readonly otherWays: string;
}

/**
 * Fills a folder with wheels, saying every line that pip says. All or nothing: the folder appears when everything is in it, and of
 * processes that install at once the first one's stays.
 *
 * @throws {FarmError} when Python, pip or a wheel is missing
 */
export async function installWheels(
  wheels: Wheels,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { folder, what } = wheels;
  const partial = `${folder}.partial-${process.pid}`;
  say(`Installing ${what}, once, into ${folder}`);
  await mkdir(dirname(folder), { recursive: true });
  const before = await inodeOf(folder);
  try {
    await runPip({ ...wheels, folder: partial }, say, signal);
    await withFileLock(folder, async () => {
      // Another process was faster: its folder is as good as ours, and in use already.
      if ((await inodeOf(folder)) !== before) return;
      await rm(folder, { recursive: true, force: true });
      await rename(partial, folder);
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

const inodeOf = (folder: string): Promise<number | undefined> =>
  stat(folder).then(
    ({ ino }) => ino,
    () => undefined,
  );

async function runPip(
  { folder, requirements, otherWays }: Wheels,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const settings = [
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
    '--no-compile',
    '--progress-bar',
    'off',
  ];
  const install = ['python3', '-m', 'pip', 'install', ...settings, '--target', folder, '-r', requirements];
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
