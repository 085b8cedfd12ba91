import { hash } from 'node:crypto';
import { unavailable } from '@muster/contracts';

/** The operator's identity provider: whose JWTs are taken, for whom they must be made, and where its keys are. */
export type JwtIssuer = { readonly issuer: string; readonly audience: string; readonly jwksUrl: string };

/** Whom a token speaks for, and what it allows. */
export type Holder = { readonly name: string; readonly scopes: readonly string[] };

/** The check of JWTs, and a memory of those that were good. */
export type JwtVerifier = {
  /** Undefined for a JWT that does not count. @throws {AppError} `unavailable` when the keys cannot be had */
  readonly verify: (token: string) => Promise<Holder | undefined>;
  /** Whether this very JWT was good when it came last. */
  readonly wasGood: (token: string) => boolean;
};

/** Signatures by a key pair only: no `none`, and no secret that both sides know. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** What is wrong with the token itself; anything else is wrong with the keys or with the way to them. */
const clientsFaults = new Set<unknown>([
  'ERR_JWT_INVALID',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
]);

const MOST_REMEMBERED = 10_000;

/** Makes the check of an identity provider's JWTs. Keys are fetched when first needed, and again for an unknown one, at most each 5 s. */
export function jwtVerifier({ issuer, audience, jwksUrl }: JwtIssuer): JwtVerifier {
  const demands = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['exp', 'sub'] };
  // Loaded here, so that a farm without an identity provider need not hold it in memory.
  const opening = import('jose').then(({ createRemoteJWKSet, jwtVerify }) => {
    const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 1_000, cooldownDuration: 5_000 });
    return (token: string) => jwtVerify(token, keys, demands);
  });
  const good = new Set<string>();
  return {
    wasGood: (token) => good.has(digest(token)),
    verify: async (token) => {
      const known = digest(token);
      try {
        const { payload } = await (await opening)(token);
        // The one that came last is forgotten last.
        good.delete(known);
        good.add(known);
        const [oldest] = good;
        if (good.size > MOST_REMEMBERED && oldest !== undefined) good.delete(oldest);
        return { name: String(payload.sub), scopes: scopesOf(payload.scope) };
      } catch (error) {
        if (!clientsFaults.has((error as { code?: unknown }).code)) {
          throw unavailable('identity_provider_unavailable', {}, error);
        }
        good.delete(known);
        return undefined;
      }
    },
  };
}

/**
 * The check that settings ask for; undefined when none of them is set. Half an identity provider would be one whose tokens never count.
 *
 * @throws {Error} when only some of them are set, or the keys' address is none.
 */
export function jwtVerifierOf(settings: {
  readonly JWT_ISSUER: string;
  readonly JWT_AUDIENCE: string;
  readonly JWT_JWKS_URL: string;
}): JwtVerifier | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: jwksUrl } = settings;
  const given = [issuer, audience, jwksUrl].filter((text) => text !== '');
  if (given.length === 0) return undefined;
  const isAddress = /^https?:$/.test(URL.parse(jwksUrl)?.protocol ?? '');
  if (given.length === 3 && isAddress) return jwtVerifier({ issuer, audience, jwksUrl });
  throw new Error(
    'Cannot start: JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL must be set together or not at all, the last one to an http or https address.',
  );
}

const digest = (token: string): string => hash('sha256', token, 'base64');

/** RFC 8693 has a text with blanks between the scopes; some providers write a list. */
function scopesOf(scope: unknown): string[] {
  if (Array.isArray(scope)) return scope.filter((entry) => typeof entry === 'string');
  return typeof scope === 'string' ? scope.split(' ') : [];
}
