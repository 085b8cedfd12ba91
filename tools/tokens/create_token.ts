import { randomBytes } from 'node:crypto';
import { SCOPES, type StoredToken } from '@muster/contracts';
import { hashOf, idOf, newTokenText } from './new_token.ts';
import { TokenError } from './token_error.ts';
import { changeTokens } from './token_store.ts';

/** What a new token shall be; `name` is `token-<id>` and `days` 90 unless given. */
export type Wish = {
  readonly scopes: readonly string[];
  readonly name?: string | undefined;
  readonly days?: string | undefined;
  readonly expires?: string | undefined;
  readonly never?: boolean | undefined;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_DAYS = 3650;

/**
 * Makes a token and adds its hash to a file, which is made when there is none. The text is given back and kept nowhere.
 *
 * @throws {TokenError} when something about the wish is wrong, or the file cannot be changed.
 */
export async function createToken(
  file: string,
  wish: Wish,
  now = new Date(),
): Promise<{ text: string; stored: StoredToken }> {
  const id = randomBytes(4).toString('hex');
  const text = newTokenText();
  const stored: StoredToken = {
    id,
    sha256: hashOf(text),
    name: demandName(wish.name ?? `token-${id}`),
    scopes: demandScopes(wish.scopes),
    created: now.toISOString(),
    expires: expiryOf(wish, now),
  };
  await changeTokens(file, (tokens) => {
    const namesake = tokens.find(({ name }) => name === stored.name);
    if (namesake === undefined) return [...tokens, stored];
    throw new TokenError(
      `A token named ${stored.name} is there already (id ${idOf(namesake)}). Choose another --name, or revoke that one first.`,
    );
  });
  return { text, stored };
}

function demandName(name: string): string {
  if (/^[^\p{Cc}\p{Cf}]{1,64}$/u.test(name) && name.trim() === name) return name;
  throw new TokenError('--name takes 1 to 64 visible characters without blanks at either end.');
}

function demandScopes(given: readonly string[]): string[] {
  const known: readonly string[] = SCOPES;
  const scopes = [...new Set(given.flatMap((list) => list.split(',')).map((scope) => scope.trim()))];
  const unknown = scopes.filter((scope) => !known.includes(scope));
  if (scopes.length > 0 && unknown.length === 0) return scopes;
  const what =
    scopes.length === 0 ? 'A token needs a --scope' : `Unknown scope ${unknown.map(quoted).join(', ')}`;
  throw new TokenError(`${what}. Give one or more of: ${known.map((scope) => `--scope ${scope}`).join(' ')}`);
}

function expiryOf({ days, expires, never }: Wish, now: Date): string | null {
  const given = [days, expires, never || undefined].filter((value) => value !== undefined);
  if (given.length > 1) throw new TokenError('Give one of --days, --expires and --never, not more.');
  if (never) return null;
  if (expires !== undefined) return dateOf(expires, now);
  const count = Number(days ?? 90);
  if (/^\d+$/.test(days ?? '90') && count >= 1 && count <= MOST_DAYS) {
    return new Date(now.getTime() + count * DAY_MS).toISOString();
  }
  throw new TokenError(
    `--days takes a whole number from 1 to ${MOST_DAYS}; --never is for a token without an end.`,
  );
}

function dateOf(text: string, now: Date): string {
  const isIso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const date = new Date(text);
  if (!isIso || Number.isNaN(date.getTime())) {
    throw new TokenError(
      `--expires takes a date such as 2027-01-31 or 2027-01-31T18:00:00Z, not ${quoted(text)}.`,
    );
  }
  if (date > now) return date.toISOString();
  throw new TokenError(`--expires ${text} has passed already. Give a later date, or --days 90.`);
}

const quoted = (text: string): string => JSON.stringify(text);
