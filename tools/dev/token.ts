import { createHash, randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError } from './farm_error.ts';

const scopes = ['agents:write', 'jobs:write', 'tags:write', 'assemblers:write', 'source_paths:write'];

/** The farm's own token and the files that hold it. */
export interface FarmToken {
  readonly token: string;
  /** The text, for its owner only. */
  readonly file: string;
  /** Its SHA-256 and scopes, for the services. */
  readonly hashes: string;
}

/**
 * The one token of an embedded farm, with every scope and no expiry: `given`, else the one that `home` keeps, else a new one.
 * The text is in `<home>/token` (mode 0600) only; the services read its hash from `<home>/tokens.json`.
 *
 * @throws {FarmError} when the given one has not the form of a token
 */
export async function farmToken(home: string, given?: string): Promise<FarmToken> {
  if (given && !/^muster_[A-Za-z0-9_-]{43}$/.test(given)) {
    throw new FarmError(
      'MUSTER_DEV_TOKEN must be muster_ and 32 random bytes in base64url (43 letters). One to use: ' +
        `${newToken()}\nOr leave it unset: the farm makes its own.`,
    );
  }
  const file = join(home, 'token');
  const hashes = join(home, 'tokens.json');
  const kept = await readFile(file, 'utf8').catch(() => '');
  const token = given || kept.trim() || newToken();
  const sha256 = createHash('sha256').update(token).digest('hex');
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  const entry = { sha256, name: 'dev', scopes, expires: null };
  await writeFile(hashes, `${JSON.stringify({ tokens: [entry] }, null, 2)}\n`, { mode: 0o600 });
  return { token, file, hashes };
}

function newToken(): string {
  return `muster_${randomBytes(32).toString('base64url')}`;
}
