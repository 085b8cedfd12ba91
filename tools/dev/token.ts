import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCOPES, type StoredToken } from '@muster/contracts';
import { changeTokens, hashOf, isTokenText, newTokenText, TokenError } from '@muster/tokens';
import { FarmError } from './farm_error.ts';

/** The farm's own token and the files that hold it. */
export interface FarmToken {
  readonly token: string;
  /** The text, for its owner only. */
  readonly file: string;
  /** Its SHA-256 and scopes, and those of the tokens made with `npm run token`, for the services. */
  readonly hashes: string;
}

/** The id of the farm's own entry; those of others are eight hexadecimal digits. */
const OWN_ID = 'dev';

/**
 * The own token of an embedded farm, with every scope and no expiry: `given`, else the one that `home` keeps, else a new one.
 * The text is in `<home>/token` (mode 0600) only; the services read its hash from `<home>/tokens.json`, whose other tokens stay.
 *
 * @throws {FarmError} when the given one has not the form of a token, or the file of hashes cannot be read or written
 */
export async function farmToken(home: string, given?: string): Promise<FarmToken> {
  if (given && !isTokenText(given)) {
    throw new FarmError(
      'MUSTER_DEV_TOKEN must be muster_ and 32 random bytes in base64url (43 letters). One to use: ' +
        `${newTokenText()}\nOr leave it unset: the farm makes its own.`,
    );
  }
  const file = join(home, 'token');
  const hashes = join(home, 'tokens.json');
  const kept = await readFile(file, 'utf8').catch(() => '');
  const token = given || kept.trim() || newTokenText();
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  try {
    await changeTokens(hashes, (tokens) => withOwn(tokens, hashOf(token)));
  } catch (error) {
    throw error instanceof TokenError ? new FarmError(error.message) : error;
  }
  return { token, file, hashes };
}

/** The same list when the farm's own token is in it as it should be. */
function withOwn(tokens: readonly StoredToken[], sha256: string): readonly StoredToken[] {
  const isOwn = ({ id, name }: StoredToken) => id === OWN_ID || (id === undefined && name === 'dev');
  const scopes = [...SCOPES];
  const own = tokens.find(isOwn);
  if (own?.sha256 === sha256 && own.expires === null && String(own.scopes) === String(scopes)) return tokens;
  const created = new Date().toISOString();
  const entry = { id: OWN_ID, sha256, name: 'dev', scopes, created, expires: null };
  return [entry, ...tokens.filter((token) => !isOwn(token))];
}
