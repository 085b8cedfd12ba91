import { AppError, type Scope, unavailable } from '@muster/contracts';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { TokenFile } from './token_file.ts';

/** The operator's identity provider: whose JWTs are taken, for whom they must be made, and where its keys are. */
export type JwtIssuer = { readonly issuer: string; readonly audience: string; readonly jwksUrl: string };

/** Who asks, for the record of a change; null without a token. */
export type Actor = string | null;

/** Sees that a bearer may do what needs `scope`. `openWrites` lets a client without any token pass. */
export type Authorise = (authorization: string | undefined, scope: Scope) => Promise<Actor>;

const challenge = (error?: string): Record<string, string> => ({
  'WWW-Authenticate': `Bearer realm="muster"${error === undefined ? '' : `, error="${error}"`}`,
});

/**
 * Makes the check of tokens: opaque ones (`muster_…`) by their hash in the file, others as JWTs of the identity provider.
 *
 * @throws {AppError} from the check: `token_missing` for none or a bad one, `scope_missing`, `unavailable` when the provider's
 * keys cannot be had.
 */
export function authoriser(options: { tokens: TokenFile; jwt?: JwtIssuer; openWrites: boolean }): Authorise {
  const verifyJwt = options.jwt === undefined ? undefined : jwtVerifier(options.jwt);
  const bad = () => new AppError('token_missing', 'token_bad', {}, { headers: challenge('invalid_token') });

  const identify = async (token: string): Promise<{ name: string; scopes: readonly string[] }> => {
    if (!token.startsWith('muster_')) {
      if (verifyJwt === undefined) throw bad();
      return verifyJwt(token, bad);
    }
    const stored = options.tokens.find(token);
    const expired = stored?.expires != null && !(Date.parse(stored.expires) > Date.now());
    if (stored === undefined || expired) throw bad();
    return stored;
  };

  return async (authorization, scope) => {
    if (authorization === undefined) {
      if (options.openWrites) return null;
      throw new AppError('token_missing', 'token_missing', {}, { headers: challenge() });
    }
    const token = /^Bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(authorization)?.[1];
    if (token === undefined) throw bad();
    const { name, scopes } = await identify(token);
    if (scopes.includes(scope)) return name;
    throw new AppError(
      'scope_missing',
      'scope_missing',
      { scope },
      { headers: challenge('insufficient_scope') },
    );
  };
}

function jwtVerifier({ issuer, audience, jwksUrl }: JwtIssuer) {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 1_000, cooldownDuration: 5_000 });
  return async (token: string, bad: () => AppError) => {
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, audience, requiredClaims: ['exp', 'sub'] });
      return { name: String(payload.sub), scopes: String(payload.scope ?? '').split(' ') };
    } catch (error) {
      // Only what the token itself does wrong is the client's fault; keys that cannot be fetched are not.
      const isClients =
        error instanceof errors.JOSEError &&
        !(error instanceof errors.JWKSTimeout) &&
        error.code !== 'ERR_JOSE_GENERIC';
      throw isClients ? bad() : unavailable('not_ready', {}, error);
    }
  };
}
