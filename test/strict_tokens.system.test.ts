import { createServer } from 'node:http';
import { SCOPES } from '@muster/contracts';
import { freePort } from '@muster/dev';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';
import { eventually } from './eventually.ts';
import { startStrictFarm } from './strict_farm.ts';

const issuer = 'https://id.example.org/';
const audience = 'muster';
const port = await freePort();
const jwksUrl = `http://127.0.0.1:${port}/jwks.json`;
const soon = new Date(Date.now() + 10_000);
const strict = await startStrictFarm(
  {
    full: { scopes: SCOPES },
    tags: { scopes: ['tags:write'] },
    revoked: { scopes: SCOPES },
    short: { scopes: SCOPES, expires: soon },
    expired: { scopes: SCOPES, expires: new Date(Date.now() - 1) },
  },
  { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: jwksUrl },
);
const { tokens, farm } = strict;
const { fetch } = await farmClient({ url: farm.url, token: null });

const mine = await generateKeyPair('RS256');
const foreign = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(mine.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
const provider = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ keys: [jwk] }));
});
afterAll(async () => {
  provider.close();
  await strict.stop();
});

/** What a token of the identity provider says, unless a test says otherwise. */
const claims = {
  iss: issuer,
  aud: audience,
  sub: 'user-7',
  exp: Math.floor(Date.now() / 1_000) + 300,
  scope: 'tags:write',
};
const header = { alg: 'RS256', kid: 'k1' };
const signed = (changes: Record<string, unknown> = {}, by = mine, head: typeof header = header) =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader(head).sign(by.privateKey);
const write = (token: string | null) => fetch('POST', '/api/v1/tags/', { json: { tag: freshName() }, token });

test('while the identity provider’s keys cannot be had, its tokens are 503, the farm’s own go on', async () => {
  const { status, headers } = await write(await signed());
  expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  expect((await write(tokens.full)).status).toBe(201);
});

test('a JWT of the identity provider may do what its scopes say, and nothing else', async () => {
  await new Promise<void>((resolve) => provider.listen(port, '127.0.0.1', resolve));
  await eventually(async () => expect((await write(await signed())).status).toBe(201), 20_000);
  expect((await write(await signed({ scope: 'jobs:write tags:write' }))).status).toBe(201);
  expect((await write(await signed({ aud: ['other', audience] }))).status).toBe(201);
  for (const scope of ['', 'tags:read', 'tags', 'assemblers:write', undefined]) {
    const { status, body } = await write(await signed({ scope }));
    expect([scope, status, body]).toMatchObject([scope, 403, { code: 'scope_missing' }]);
  }
});

const past = Math.floor(Date.now() / 1_000) - 300;
const secret = new TextEncoder().encode(JSON.stringify(jwk));
const refused: Record<string, () => Promise<string>> = {
  'that has expired': () => signed({ exp: past }),
  'that is not valid yet': () => signed({ nbf: claims.exp }),
  'for another audience': () => signed({ aud: 'others' }),
  'for no audience': () => signed({ aud: undefined }),
  'of another issuer': () => signed({ iss: 'https://evil.example.org/' }),
  'without an expiry': () => signed({ exp: undefined }),
  'without a subject': () => signed({ sub: undefined }),
  'signed by another key under the same id': () => signed({}, foreign),
  'signed by a key that is not known': () => signed({}, foreign, { alg: 'RS256', kid: 'k2' }),
  'with the algorithm none': async () => new UnsecuredJWT(claims).encode(),
  'signed with the public key as a secret': () =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret),
  'whose claims were changed': async () => {
    const [head, , signature] = (await signed()).split('.');
    const body = Buffer.from(JSON.stringify({ ...claims, scope: SCOPES.join(' ') })).toString('base64url');
    return `${head}.${body}.${signature}`;
  },
  'without a signature': async () => `${(await signed()).split('.').slice(0, 2).join('.')}.`,
};

test.each(Object.keys(refused))('a JWT %s is 401', async (kind) => {
  const { status, body, headers } = await write((await refused[kind]?.()) ?? '');
  expect([status, body]).toMatchObject([401, { code: 'token_missing' }]);
  expect(headers.get('www-authenticate')).toContain('invalid_token');
});

test('an opaque token is 401 once it has expired', async () => {
  expect((await write(tokens.expired)).status).toBe(401);
  await eventually(async () => expect((await write(tokens.short)).status).toBe(401), 20_000);
  expect(Date.now()).toBeGreaterThanOrEqual(soon.getTime());
});

test('an opaque token is 401 soon after it was taken away, without a restart', async () => {
  expect((await write(tokens.revoked)).status).toBe(201);
  await strict.revoke('revoked');
  await eventually(async () => expect((await write(tokens.revoked)).status).toBe(401));
  expect((await write(tokens.full)).status).toBe(201);
});

test('a scope is for its own resource only', async () => {
  expect((await write(tokens.tags)).status).toBe(201);
  for (const [path, json] of [
    ['/api/v1/agents/', { hostname: 'a' }],
    ['/api/v1/jobs/', { title: 'a' }],
    ['/v1/assemblers.json', { slug: 'a', name: 'a' }],
    ['/v1/source_paths.json', { name: 'a', assembler_slug: 'a' }],
  ] as const) {
    expect([path, (await fetch('POST', path, { json, token: tokens.tags })).status]).toEqual([path, 403]);
  }
});

test('a token is taken from its header only, never from the address or the body', async () => {
  const given = { access_token: tokens.full, token: tokens.full };
  const { status } = await fetch('POST', '/v1/assemblers.json', { form: { slug: 'a', name: 'a', ...given } });
  expect(status).toBe(401);
});

test('reads need no token, and a bad one does not hinder them', async () => {
  for (const token of [null, 'muster_bad', await signed({ exp: past })]) {
    expect((await fetch('GET', '/api/v1/tags/schema', { token })).status).toBe(200);
  }
});
