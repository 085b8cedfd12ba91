import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseTokenFile, type StoredToken } from '@muster/contracts';
import { withFileLock } from './file_lock.ts';
import { TokenError } from './token_error.ts';

/**
 * The tokens of a file; undefined when there is no file.
 *
 * @throws {TokenError} when it cannot be read, or is no file of tokens.
 */
export async function readTokens(path: string): Promise<StoredToken[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TokenError(
      `${path} cannot be read: ${messageOf(error)}. See to its rights, or name another with --file.`,
    );
  }
  try {
    return parseTokenFile(text);
  } catch (error) {
    throw new TokenError(
      `${path} is no file of tokens: ${messageOf(error)}. Nothing was changed. Repair it, or move it away to begin a new one.`,
    );
  }
}

/**
 * Changes the tokens of a file: `change` gets those that are there (none without a file) and gives back all that shall be there; the same
 * list means no change. Whoever reads sees the old file or the new one, never a part; two changes at once both count. A new file is for its
 * owner only, an old one keeps its rights.
 *
 * @throws {TokenError} when the file cannot be read, is no file of tokens, or cannot be written; it is as it was then.
 */
export async function changeTokens(
  file: string,
  change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
): Promise<void> {
  // Of a link, what it points at is replaced.
  const path = await realpath(file).catch(() => resolve(file));
  try {
    await withFileLock(path, async () => {
      const before = (await readTokens(path)) ?? [];
      const after = change(before);
      if (after !== before) await replace(path, `${JSON.stringify({ tokens: after }, null, 2)}\n`);
    });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const next =
      error.code === 'ENOENT'
        ? `Make the folder ${dirname(path)} first`
        : `See to the rights of ${dirname(path)}`;
    throw new TokenError(
      `${path} cannot be written: ${error.message}. ${next}, or name another file with --file.`,
    );
  }
}

/** Written beside, synced, and put in its place in one step. */
async function replace(path: string, text: string): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const mode = before === undefined ? 0o600 : before.mode & 0o777;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', mode);
    try {
      await file.chmod(mode);
      // Only root can give a file away; whoever else may write here owns it, as a rule.
      if (before !== undefined) await file.chown(before.uid, before.gid).catch(() => {});
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
