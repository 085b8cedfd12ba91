import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLog } from '../process/log.ts';
import { type Authorise, authoriser } from './authorise.ts';
import { failedTokens } from './failed_tokens.ts';
import { tokenFinder } from './find_token.ts';
import { type IdentityProvider, signed, startIdentityProvider } from './identity_provider_fixture.ts';
import { openTokenFile, type TokenFile } from './token_file.ts';
import { jwtVerifier } from './verify_jwt.ts';

const scope = 'tags:write';
const folder = mkdtempSync(join(tmpdir(), 'muster-tokens-'));
const path = join(folder, 'tokens.json');
const stored = (text: string, expires: string | null = null) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  name: text,
  scopes: [scope],
  expires,
});
const log = openLog('test', 'silent');
const bearer = (authorization?: string) => ({ authorization, client: '192.0.2.1' });

let tokens: TokenFile;
let provider: IdentityProvider;
let authorise: Authorise;
let open: Authorise;

beforeAll(async () => {
  const others = [stored('muster_old', '2020-01-01T00:00:00Z'), stored('muster_odd', 'next year')];
  writeFileSync(path, JSON.stringify({ tokens: [stored('muster_good'), ...others] }));
  tokens = openTokenFile(path, log);
  provider = await startIdentityProvider();
  const failed = failedTokens(0);
  authorise = authoriser({ tokens, failed, jwt: jwtVerifier(provider), openWrites: false });
  open = authoriser({ tokens, failed, openWrites: true });
});
afterAll(async () => {
  tokens.close();
  await provider.stop();
  rmSync(folder, { recursive: true });
});

describe('authoriser() takes', () => {
  test('a stored token, and tells its name', async () => {
    expect(await authorise(bearer('Bearer muster_good'), scope)).toBe('muster_good');
  });
  test('a JWT of the identity provider, and tells its subject', async () => {
    expect(await authorise(bearer(`bearer ${await signed(provider)}`), scope)).toBe('ann');
  });
  test('no token at all where writes are open, but not a bad one', async () => {
    expect(await open(bearer(), scope)).toBeNull();
    await expect(open(bearer('Bearer muster_bad'), scope)).rejects.toMatchObject({ code: 'token_missing' });
  });
  test('a token within a second after a new file took the place of the old one, and the gone one no more', async () => {
    writeFileSync(`${path}.new`, JSON.stringify({ tokens: [stored('muster_added')] }));
    renameSync(`${path}.new`, path);
    const deadline = Date.now() + 5_000;
    while (tokens.find('muster_added') === undefined && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await authorise(bearer('Bearer muster_added'), scope)).toBe('muster_added');
    await expect(authorise(bearer('Bearer muster_good'), scope)).rejects.toMatchObject({
      code: 'token_missing',
    });
  });
  test('the tokens read last while the file is gone or broken', async () => {
    writeFileSync(path, '{"tokens": [');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await authorise(bearer('Bearer muster_added'), scope)).toBe('muster_added');
  });
});

describe('authoriser() refuses', () => {
  test.each([
    ['none', undefined],
    ['an unknown one', 'Bearer muster_bad'],
    ['an expired one', 'Bearer muster_old'],
    ['one whose expiry is no date', 'Bearer muster_odd'],
    ['another manner', 'Basic bXVzdGVy'],
    ['an empty one', 'Bearer '],
    ['what is no JWT', 'Bearer a.b.c'],
  ])('%s', async (_name, header) => {
    const refusal = expect(authorise(bearer(header), scope)).rejects;
    await refusal.toMatchObject({ code: 'token_missing' });
    await expect(authorise(bearer(header), scope)).rejects.toHaveProperty('headers.WWW-Authenticate');
  });
  test('a JWT where no identity provider is set', async () => {
    const answer = open(bearer(`Bearer ${await signed(provider)}`), scope);
    await expect(answer).rejects.toMatchObject({ code: 'token_missing' });
  });
  test('a token without the scope', async () => {
    for (const token of ['muster_added', await signed(provider)]) {
      const answer = authorise(bearer(`Bearer ${token}`), 'jobs:write');
      await expect(answer).rejects.toMatchObject({ code: 'scope_missing' });
    }
  });
});

test('tokenFinder() compares digests with every stored one, whichever is right', () => {
  const texts = ['muster_a', 'muster_b', 'muster_c'];
  let compared = 0;
  const equal = (a: Buffer, b: Buffer) => {
    expect([a.length, b.length]).toEqual([32, 32]);
    compared += 1;
    return a.equals(b);
  };
  const find = tokenFinder(
    texts.map((text) => stored(text)),
    { equal },
  );
  for (const text of [...texts, 'muster_d']) {
    compared = 0;
    expect(find(text)?.name).toBe(texts.includes(text) ? text : undefined);
    expect([text, compared]).toEqual([text, texts.length]);
  }
});
