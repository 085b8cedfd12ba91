import { afterEach, beforeEach, expect, test } from 'vitest';
import { post, startToyService } from '../http/edge_fixture.ts';
import { peerReader } from '../http/peer.ts';
import { authoriser } from './authorise.ts';
import { failedTokens } from './failed_tokens.ts';
import { tokenFinder } from './find_token.ts';
import { type IdentityProvider, newKey, signed, startIdentityProvider } from './identity_provider_fixture.ts';
import { jwtVerifier } from './verify_jwt.ts';

const LIMIT = 3;
// The SHA-256 of `muster_good`.
const sha256 = '34210b9ecff3faefe10fc898a4111a26fed3d9b64f3e20c570f3d2327b5e6bb2';
let provider: IdentityProvider;
let verified: number;
let toy: Awaited<ReturnType<typeof startToyService>>;

/** Starts a service that lets a client send `limit` bad tokens a minute. */
async function start(limit: number) {
  const jwt = jwtVerifier(provider);
  verified = 0;
  const counted = {
    ...jwt,
    verify: (token: string) => {
      verified += 1;
      return jwt.verify(token);
    },
  };
  const find = tokenFinder([{ sha256, name: 'good', scopes: ['tags:write'], expires: null }]);
  const failed = failedTokens(limit);
  return startToyService({
    authorise: authoriser({ tokens: { find }, failed, jwt: counted, openWrites: false }),
    peerOf: peerReader('127.0.0.1'),
  });
}

beforeEach(async () => {
  provider = await startIdentityProvider();
  toy = await start(LIMIT);
});
afterEach(async () => {
  toy.close();
  await provider.stop();
});

/** Writes as a client behind a proxy that the service trusts. */
const write = (token: string | null, client = '192.0.2.1', headers = {}) =>
  token === null
    ? fetch(`${toy.url}/api/v1/things/`, { method: 'POST', headers: { 'x-forwarded-for': client } })
    : post(`${toy.url}/api/v1/things/`, {
        body: '{"tag":"a"}',
        headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': client, ...headers },
      });
const statusOf = async (...asked: Parameters<typeof write>) => (await write(...asked)).status;
async function exhaust(client?: string) {
  for (let n = 0; n < LIMIT; n += 1) expect(await statusOf(`muster_bad${n}`, client)).toBe(401);
}

test('more bad tokens than the limit are 429 with the seconds to wait, in both languages', async () => {
  await exhaust();
  for (const [language, text] of [
    ['en', /refused tokens.*Wait \d+ s/],
    ['ru', /неверных токенов.*Подождите \d+ с/],
  ] as const) {
    const answer = await write('muster_bad', '192.0.2.1', { 'accept-language': language });
    expect(answer.status).toBe(429);
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await answer.json()).toEqual({ error: expect.stringMatching(text), code: 'too_many_requests' });
  }
});

test('a good opaque token passes, whatever others at its address have sent', async () => {
  await exhaust();
  expect([await statusOf('muster_bad'), await statusOf('muster_good')]).toEqual([429, 200]);
});

test('a missing token counts for nothing, and neither does one of too few scopes', async () => {
  const poor = await signed(provider, { scope: 'other' });
  for (let n = 0; n <= LIMIT; n += 1) expect(await statusOf(null)).toBe(401);
  for (let n = 0; n <= LIMIT; n += 1) expect(await statusOf(poor)).toBe(403);
  expect(await statusOf('muster_bad')).toBe(401);
});

test('each client is counted by itself, of IPv6 each network of 64 bits', async () => {
  await exhaust();
  expect(await statusOf('muster_bad', '192.0.2.2')).toBe(401);
  for (let n = 0; n < LIMIT; n += 1) expect(await statusOf('muster_bad', `2001:db8::${n}`)).toBe(401);
  expect(await statusOf('muster_bad', '2001:db8:0:0:9:9:9:9')).toBe(429);
  expect(await statusOf('muster_bad', '2001:db8:0:1::1')).toBe(401);
});

test('an address that has used up its failures costs no more signatures, but a JWT that was good before goes on', async () => {
  const [good, forged, fresh] = [
    await signed(provider),
    await signed(provider, {}, { secret: (await newKey('other')).secret }),
    await signed(provider, { sub: 'bob' }),
  ];
  expect(await statusOf(good)).toBe(200);
  for (let n = 0; n < LIMIT; n += 1) expect(await statusOf(forged)).toBe(401);
  const before = verified;
  for (let n = 0; n < 5; n += 1) expect([await statusOf(forged), await statusOf(fresh)]).toEqual([429, 429]);
  expect(verified).toBe(before);
  expect(await statusOf(good)).toBe(200);
  expect(await statusOf(fresh, '192.0.2.2')).toBe(200);
});

test('an identity provider that is away is no fault of the client: 503 each time', async () => {
  await provider.stop();
  for (let n = 0; n <= LIMIT + 1; n += 1) expect(await statusOf(await signed(provider))).toBe(503);
  expect(await statusOf('muster_bad')).toBe(401);
});

test('0 sets no limit', async () => {
  toy.close();
  toy = await start(0);
  for (let n = 0; n < 30; n += 1) expect(await statusOf('muster_bad')).toBe(401);
});
