import { AppError, isCurrent, type Scope } from '@muster/contracts';
import type { FailedTokens } from './failed_tokens.ts';
import type { TokenFile } from './token_file.ts';
import type { Holder, JwtVerifier } from './verify_jwt.ts';

/** Who asks, for the record of a change; null without a token. */
export type Actor = string | null;

/** What a request brings of its bearer: the `Authorization` field, and the client's address. */
type Bearer = { readonly authorization: string | undefined; readonly client: string };

/** Sees that a bearer may do what needs `scope`. Where writes are open, a client without any token passes. */
export type Authorise = (bearer: Bearer, scope: Scope) => Promise<Actor>;

/** What the check of tokens is made of; without `jwt` no JWT counts. */
export type AuthoriserOptions = {
  readonly tokens: Pick<TokenFile, 'find'>;
  readonly failed: FailedTokens;
  readonly openWrites: boolean;
  readonly jwt?: JwtVerifier | undefined;
};

const challenge = (error?: string): Record<string, string> => ({
  'WWW-Authenticate': `Bearer realm="muster"${error === undefined ? '' : `, error="${error}"`}`,
});

/**
 * Makes the check of tokens: opaque ones (`muster_…`) by their hash in the file, others as JWTs of the identity provider. A bad one
 * counts against the client's address; a missing one does not. A good opaque token passes whatever others at its address do, for finding
 * it costs next to nothing. A signature costs more: once an address has used up its failures, only a JWT that was good before is looked at.
 *
 * @throws {AppError} from the check: `token_missing` for none or a bad one, `too_many_requests` after many of these, `scope_missing`,
 * `unavailable` when the provider's keys cannot be had.
 */
export function authoriser({ tokens, failed, openWrites, jwt }: AuthoriserOptions): Authorise {
  const identify = async (token: string, client: string): Promise<Holder | undefined> => {
    if (token.startsWith('muster_')) {
      const stored = tokens.find(token);
      return stored !== undefined && isCurrent(stored, Date.now()) ? stored : undefined;
    }
    if (jwt === undefined) return undefined;
    if (!jwt.wasGood(token)) await failed.demandFew(client);
    return jwt.verify(token);
  };

  return async ({ authorization, client }, scope) => {
    if (authorization === undefined) {
      if (openWrites) return null;
      throw new AppError('token_missing', 'token_missing', {}, { headers: challenge() });
    }
    const token = /^Bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(authorization)?.[1];
    const holder = token === undefined ? undefined : await identify(token, client);
    if (holder === undefined) {
      await failed.count(client);
      throw new AppError('token_missing', 'token_bad', {}, { headers: challenge('invalid_token') });
    }
    if (holder.scopes.includes(scope)) return holder.name;
    throw new AppError(
      'scope_missing',
      'scope_missing',
      { scope },
      { headers: challenge('insufficient_scope') },
    );
  };
}
