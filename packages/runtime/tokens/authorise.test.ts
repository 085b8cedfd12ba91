import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLog } from '../process/log.ts';
import { type Authorise, authoriser } from './authorise.ts';
import { openTokenFile, type TokenFile } from './token_file.ts';

const issuer = 'https://id.example.org';
const audience = 'muster';
const scope = 'tags:write';
const folder = mkdtempSync(join(tmpdir(), 'muster-tokens-'));
const path = join(folder, 'tokens.json');
const stored = (text: string, expires: string | null = null) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  name: text,
  scopes: [scope],
  expires,
});

let tokens: TokenFile;
let keyServer: Server;
let authorise: Authorise;
let open: Authorise;
const keys = await generateKeyPair('ES256');
const otherKeys = await generateKeyPair('ES256');

beforeAll(async () => {
  const old = stored('muster_old', '2020-01-01T00:00:00Z');
  writeFileSync(path, JSON.stringify({ tokens: [stored('muster_good'), old] }));
  tokens = openTokenFile(path, openLog('test', 'silent'));
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' };
  keyServer = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  keyServer.listen(0, '127.0.0.1');
  await once(keyServer, 'listening');
  const jwksUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/`;
  const jwt = { issuer, audience, jwksUrl };
  authorise = authoriser({ tokens, jwt, openWrites: false });
  open = authoriser({ tokens, openWrites: true });
});
afterAll(() => {
  tokens.close();
  keyServer.close();
  rmSync(folder, { recursive: true });
});

const jwt = (changes: { iss?: string; aud?: string; exp?: string; scope?: string; key?: CryptoKey } = {}) =>
  new SignJWT({ scope: changes.scope ?? `other ${scope}` })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setSubject('ann')
    .setIssuer(changes.iss ?? issuer)
    .setAudience(changes.aud ?? audience)
    .setExpirationTime(changes.exp ?? '1h')
    .sign(changes.key ?? keys.privateKey);

describe('authoriser() takes', () => {
  test('a stored token, and tells its name', async () => {
    expect(await authorise('Bearer muster_good', scope)).toBe('muster_good');
  });
  test('a JWT of the identity provider, and tells its subject', async () => {
    expect(await authorise(`bearer ${await jwt()}`, scope)).toBe('ann');
  });
  test('no token at all where writes are open, but not a bad one', async () => {
    expect(await open(undefined, scope)).toBeNull();
    await expect(open('Bearer muster_bad', scope)).rejects.toMatchObject({ code: 'token_missing' });
  });
  test('a token from a second after it was written to the file', async () => {
    const added = stored('muster_added');
    writeFileSync(path, JSON.stringify({ tokens: [stored('muster_good'), added] }));
    const deadline = Date.now() + 10_000;
    while (tokens.find('muster_added') === undefined && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await authorise('Bearer muster_added', scope)).toBe('muster_added');
  });
});

describe('authoriser() refuses', () => {
  test.each([
    ['none', undefined],
    ['an unknown one', 'Bearer muster_bad'],
    ['an expired one', 'Bearer muster_old'],
    ['another manner', 'Basic bXVzdGVy'],
    ['an empty one', 'Bearer '],
    ['what is no JWT', 'Bearer a.b.c'],
    ['an unsigned JWT', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"ann"}')}.`],
  ])('%s', async (_name, header) => {
    const refusal = expect(authorise(header, scope)).rejects;
    await refusal.toMatchObject({ code: 'token_missing' });
    await expect(authorise(header, scope)).rejects.toHaveProperty('headers.WWW-Authenticate');
  });
  test.each([
    ['for another audience', { aud: 'other' }],
    ['of another issuer', { iss: 'https://other.example.org' }],
    ['that is expired', { exp: '-1h' }],
    ['signed with another key', { key: otherKeys.privateKey }],
  ])('a JWT %s', async (_name, changes) => {
    const header = `Bearer ${await jwt(changes)}`;
    await expect(authorise(header, scope)).rejects.toMatchObject({ code: 'token_missing' });
  });
  test('a token without the scope', async () => {
    await expect(authorise('Bearer muster_good', 'jobs:write')).rejects.toMatchObject({
      code: 'scope_missing',
    });
    const header = `Bearer ${await jwt({ scope: 'jobs:write' })}`;
    await expect(authorise(header, scope)).rejects.toMatchObject({ code: 'scope_missing' });
  });
  test('a JWT with 503, not 401, while the keys cannot be had', async () => {
    const away = { issuer, audience, jwksUrl: 'http://127.0.0.1:9/' };
    const check = authoriser({ tokens, jwt: away, openWrites: false });
    await expect(check(`Bearer ${await jwt()}`, scope)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
