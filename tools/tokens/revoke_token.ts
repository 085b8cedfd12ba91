import type { StoredToken } from '@muster/contracts';
import { idOf } from './new_token.ts';
import { TokenError } from './token_error.ts';
import { changeTokens } from './token_store.ts';

/**
 * Takes the token of an id, else the one of a name, out of a file, and gives it back. Services refuse it within a second.
 *
 * @throws {TokenError} when no token, or more than one, is meant, or the file cannot be changed.
 */
export async function revokeToken(file: string, idOrName: string): Promise<StoredToken> {
  let revoked: StoredToken | undefined;
  await changeTokens(file, (tokens) => {
    const byId = tokens.filter((token) => idOf(token) === idOrName);
    const meant = byId.length > 0 ? byId : tokens.filter(({ name }) => name === idOrName);
    if (meant.length > 1) {
      const ids = meant.map(idOf).join(', ');
      throw new TokenError(
        `${meant.length} tokens are meant by ${idOrName}: ${ids}. Nothing was revoked. Name one by its id.`,
      );
    }
    revoked = meant[0];
    if (revoked === undefined) {
      throw new TokenError(
        `${file} has no token with the id or name ${idOrName}. See which there are: npm run token -- list`,
      );
    }
    return tokens.filter((token) => token !== revoked);
  });
  return revoked!;
}
