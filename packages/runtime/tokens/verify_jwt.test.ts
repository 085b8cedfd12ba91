import { exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type IdentityProvider, newKey, signed, startIdentityProvider } from './identity_provider_fixture.ts';
import { type JwtVerifier, jwtVerifier, jwtVerifierOf } from './verify_jwt.ts';

let provider: IdentityProvider;
let jwt: JwtVerifier;
beforeEach(async () => {
  provider = await startIdentityProvider();
  jwt = jwtVerifier(provider);
});
afterEach(async () => {
  vi.useRealTimers();
  await provider.stop();
});

const now = () => Math.floor(Date.now() / 1_000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('jwtVerifier() takes a good JWT, and tells its subject and scopes, written as a text or as a list', async () => {
  const both = ['tags:write', 'jobs:write'];
  expect(await jwt.verify(await signed(provider))).toEqual({ name: 'ann', scopes: ['tags:write'] });
  expect((await jwt.verify(await signed(provider, { scope: both.join(' ') })))?.scopes).toEqual(both);
  expect((await jwt.verify(await signed(provider, { scope: both })))?.scopes).toEqual(both);
  for (const scope of [undefined, 7, { a: 1 }, [['tags:write']]]) {
    expect((await jwt.verify(await signed(provider, { scope })))?.scopes).toEqual([]);
  }
  expect(await jwt.verify(await signed(provider, { aud: ['other', 'muster'] }))).toBeDefined();
});

const other = await newKey('other');
const refused: Record<string, (of: IdentityProvider) => Promise<string>> = {
  'that has expired': (of) => signed(of, { exp: now() - 1 }),
  'that is not valid yet': (of) => signed(of, { nbf: now() + 60 }),
  'without an expiry': (of) => signed(of, { exp: undefined }),
  'whose expiry is no number': (of) => signed(of, { exp: '2099-01-01' }),
  'without a subject': (of) => signed(of, { sub: undefined }),
  'for another audience': (of) => signed(of, { aud: 'other' }),
  'for no audience': (of) => signed(of, { aud: undefined }),
  'of another issuer': (of) => signed(of, { iss: 'https://evil.example.org' }),
  'of an issuer that is almost the right one': (of) => signed(of, { iss: `${of.issuer}/` }),
  'of no issuer': (of) => signed(of, { iss: undefined }),
  'with an unknown key id': (of) => signed(of, {}, { secret: other.secret, header: { kid: 'unknown' } }),
  'signed by another key under a known id': (of) => signed(of, {}, { secret: other.secret }),
  'signed by one known key under the id of another': async (of) => {
    of.keys.push(other);
    return signed(of, {}, { header: { kid: 'other' } });
  },
  'that is unsigned (alg: none)': async (of) =>
    new UnsecuredJWT({ iss: of.issuer, aud: of.audience, sub: 'ann', exp: now() + 60 }).encode(),
  'whose header was changed to alg: none': async (of) => {
    const [, claims, signature] = (await signed(of)).split('.');
    return `${encode({ alg: 'none', kid: 'first' })}.${claims}.${signature}`;
  },
  'signed with the public key as a secret (HS256)': async (of) => {
    const { jwk } = of.keys[0]!;
    const text = await exportSPKI((await importJWK(jwk)) as CryptoKey);
    return signed(of, {}, { secret: new TextEncoder().encode(text), header: { alg: 'HS256' } });
  },
  'whose claims were changed': async (of) => {
    const [header, , signature] = (await signed(of)).split('.');
    const claims = { iss: of.issuer, aud: of.audience, sub: 'root', exp: now() + 60, scope: 'tags:write' };
    return `${header}.${encode(claims)}.${signature}`;
  },
  'whose signature was cut off': async (of) => `${(await signed(of)).split('.').slice(0, 2).join('.')}.`,
  'that is none at all': async () => 'a.b.c',
};

test.each(Object.entries(refused))('jwtVerifier() refuses a JWT %s', async (_, made) => {
  const token = await made(provider);
  expect(await jwt.verify(token)).toBeUndefined();
  expect(jwt.wasGood(token)).toBe(false);
  // The provider is well, so that it is the token's own fault.
  expect(await jwt.verify(await signed(provider))).toBeDefined();
});

test('jwtVerifier() takes no shared secret, even where the provider shows one as a key', async () => {
  const secret = new TextEncoder().encode('a secret of more than thirty-two bytes in length');
  const k = Buffer.from(secret).toString('base64url');
  provider.answer.body = JSON.stringify({ keys: [{ kty: 'oct', kid: 'first', alg: 'HS256', k }] });
  expect(await jwt.verify(await signed(provider, {}, { secret, header: { alg: 'HS256' } }))).toBeUndefined();
});

describe('jwtVerifier() says that it is unavailable, and takes JWTs again afterwards, when the provider', () => {
  const recovers = async () => {
    provider.answer.status = 200;
    provider.answer.body = undefined;
    expect(await jwt.verify(await signed(provider))).toBeDefined();
  };
  test('does not listen', async () => {
    await provider.stop();
    const asked = jwt.verify(await signed(provider));
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', headers: { 'Retry-After': '1' } });
    await provider.listen();
    await recovers();
  });
  test.each([
    ['answers 500', 500, undefined],
    ['answers with another page', 200, '<html>'],
    ['answers with JSON that is no key set', 200, '{"keys":1}'],
  ])('%s', async (_, status, body) => {
    Object.assign(provider.answer, { status, body });
    await expect(jwt.verify(await signed(provider))).rejects.toMatchObject({ code: 'unavailable' });
    await recovers();
  });
});

test('jwtVerifier() follows a change of keys, and asks for them at most once in 5 s', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const before = await signed(provider);
  expect(await jwt.verify(before)).toBeDefined();
  expect(jwt.wasGood(before)).toBe(true);
  provider.keys.splice(0, 1, await newKey('second'));
  for (let n = 0; n < 5; n += 1) expect(await jwt.verify(await signed(provider))).toBeUndefined();
  expect(provider.asked()).toBe(1);
  vi.setSystemTime(Date.now() + 5_001);
  expect(await jwt.verify(await signed(provider))).toBeDefined();
  expect(provider.asked()).toBe(2);
  expect(await jwt.verify(before)).toBeUndefined();
  expect(jwt.wasGood(before)).toBe(false);
});

test('jwtVerifierOf() takes all three settings or none, and an address for the keys', () => {
  const all = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWT_JWKS_URL: 'https://id.example.org/keys' };
  expect(jwtVerifierOf(all)).toBeDefined();
  expect(jwtVerifierOf({ JWT_ISSUER: '', JWT_AUDIENCE: '', JWT_JWKS_URL: '' })).toBeUndefined();
  for (const wrong of [
    { JWT_ISSUER: '' },
    { JWT_AUDIENCE: '' },
    { JWT_JWKS_URL: '' },
    { JWT_JWKS_URL: 'id.example.org/keys' },
    { JWT_JWKS_URL: 'file:///keys' },
  ]) {
    expect(() => jwtVerifierOf({ ...all, ...wrong })).toThrow(
      /JWT_AUDIENCE and JWT_JWKS_URL must be set together/,
    );
  }
});
