import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenError } from './token_error.ts';

const AGAIN_MS = 25;
const PATIENCE_MS = 10_000;

/**
 * Does work that must be alone with a file, among all processes that ask here. The lock `<path>.lock` names its holder, so that what a
 * killed one left behind is taken away.
 *
 * @throws {TokenError} when another process holds it for more than `patienceMs`.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {},
): Promise<T> {
  const lock = `${path}.lock`;
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  const deadline = Date.now() + patienceMs;
  while (!(await take(lock, mine))) {
    await removeDead(lock);
    if (Date.now() > deadline) {
      throw new TokenError(
        `${path} is being changed by another process (${await readFile(lock, 'utf8').catch(() => 'gone')}). ` +
          `Try again; if there is no such process any more, remove ${lock} first.`,
      );
    }
    await sleep(AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Makes the lock with its text in one step, as `link` does; false when it is there already. */
async function take(lock: string, text: string): Promise<boolean> {
  const draft = `${lock}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes a dead holder's lock. Only who holds the second lock may, and looks again then: otherwise two could find the same dead one, and
 * the slower would remove the quicker one's own.
 */
async function removeDead(lock: string): Promise<void> {
  if (!(await isDead(lock)) || !(await take(`${lock}.removal`, String(process.pid)))) return;
  try {
    if (await isDead(lock)) await rm(lock, { force: true });
  } finally {
    await rm(`${lock}.removal`, { force: true });
  }
}

async function isDead(lock: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(lock, 'utf8')) as { pid: number; host: string };
    // Of another machine, or of another container, nothing is known here.
    return host === hostname() && !lives(pid);
  } catch {
    return false;
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
