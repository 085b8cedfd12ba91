import { hash, timingSafeEqual } from 'node:crypto';
import type { StoredToken } from '@muster/contracts';

/** Finds the stored token that a text belongs to. */
export type FindToken = (text: string) => StoredToken | undefined;

/**
 * Makes the search among stored tokens. It compares digests in constant time and always looks at every one, so that how long it takes
 * tells neither which of them came close nor where in the file the right one stands.
 */
export function tokenFinder(
  tokens: readonly StoredToken[],
  { equal = timingSafeEqual }: { equal?: (a: Buffer, b: Buffer) => boolean } = {},
): FindToken {
  const digests = tokens.map((token) => ({ token, digest: Buffer.from(token.sha256, 'hex') }));
  return (text) => {
    const asked = hash('sha256', text, 'buffer');
    let found: StoredToken | undefined;
    for (const { token, digest } of digests) if (equal(digest, asked)) found = token;
    return found;
  };
}
