import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FarmError } from './farm_error.ts';

interface Holder {
  readonly pid: number;
  /** When the process began, in the kernel's ticks: a process id alone is given out again. */
  readonly began: string;
  readonly port: number;
}

/**
 * Takes a home for this process, making the folder when absent, and gives the function that lets it go. What a dead launcher
 * left behind is taken over.
 *
 * @throws {FarmError} when a running farm has it
 */
export async function lockHome(home: string, port: number): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = join(home, 'farm.json');
  const mine = JSON.stringify({ pid: process.pid, began: await beganOf(process.pid), port } satisfies Holder);
  refuse(home, await holderOf(file));
  // Two launchers may both find the file stale: the rename is atomic, so after a moment only one reads its own back.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, mine);
  await rename(draft, file);
  await sleep(50);
  if ((await readFile(file, 'utf8')) !== mine) refuse(home, await holderOf(file));
  return () => rm(file, { force: true });
}

function refuse(home: string, holder: Holder | undefined): void {
  if (!holder) return;
  throw new FarmError(
    `${home} is in use by a running farm (process ${holder.pid}, port ${holder.port}). ` +
      'End that one first, or start a second farm beside it: PORT=8081 MUSTER_HOME=.muster-2 npm start',
  );
}

/** The living process that holds the file. */
async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(file, 'utf8')) as Holder;
    return (await beganOf(holder.pid)) === holder.began ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** The start time of a living process; of a system without /proc, only that it lives. @throws when it does not live */
async function beganOf(pid: number): Promise<string> {
  process.kill(pid, 0);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The command, in brackets, may hold blanks; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'alive';
}
