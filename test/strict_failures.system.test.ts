import { allOperations, promisedResponse, SCOPES } from '@muster/contracts';
import { afterAll, expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';
import { startStrictFarm } from './strict_farm.ts';

const LIMIT = 5;
// The test is a proxy that the gateway trusts, so that it can speak for any client.
const strict = await startStrictFarm(
  { full: { scopes: SCOPES } },
  { FAILED_TOKENS_PER_MINUTE: String(LIMIT), TRUSTED_PROXIES: '127.0.0.1' },
);
afterAll(() => strict.stop());
const { full } = strict.tokens;
const { fetch, document } = await farmClient({ url: strict.farm.url, token: null });
const bad = `muster_${'A'.repeat(43)}`;

const write = (path: string, client: string, token: string | null = bad, headers = {}) =>
  fetch('POST', path, { json: {}, token, headers: { 'x-forwarded-for': client, ...headers } });
async function exhaust(path: string, client: string): Promise<void> {
  for (let n = 0; n < LIMIT; n += 1) expect((await write(path, client)).status).toBe(401);
}

test.each([
  [
    'tags',
    '/api/v1/tags/',
    { code: 'too_many_requests', error: expect.stringContaining('неверных токенов') },
  ],
  ['registry', '/api/v1/jobs/', { code: 'too_many_requests', error: expect.any(String) }],
  [
    'assemblers',
    '/v1/assemblers.json',
    { error_code: 10, message: expect.stringMatching(/Подождите \d+ с/) },
  ],
])(
  '%s answers 429 after too many bad tokens of one client, and tells when to come again',
  async (_, path, error) => {
    const client = '192.0.2.1';
    await exhaust(path, client);
    const { status, body, headers } = await write(path, client, bad, { 'accept-language': 'ru' });
    expect([status, body]).toEqual([429, error]);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await write(path, client, null)).status).toBe(401);
    expect((await write(path, '192.0.2.2')).status).toBe(401);
  },
);

test('a client with a good token writes on, whatever others behind the same address send', async () => {
  await exhaust('/v1/assemblers.json', '192.0.2.3');
  const slug = freshName('asm');
  const headers = { 'x-forwarded-for': '192.0.2.3' };
  const made = await fetch('POST', '/v1/assemblers.json', {
    json: { slug, name: slug },
    token: full,
    headers,
  });
  expect(made.status).toBe(200);
  expect((await fetch('GET', '/v1/assemblers.json', { headers, token: bad })).status).toBeLessThan(300);
  expect((await write('/v1/assemblers.json', '192.0.2.3')).status).toBe(429);
});

test('a client cannot pass for others by what it says before the proxy’s own word', async () => {
  await exhaust('/api/v1/tags/', '192.0.2.4');
  for (let n = 0; n < 3; n += 1) {
    expect((await write('/api/v1/tags/', `198.51.100.${n}, 192.0.2.4`)).status).toBe(429);
  }
});

test('the description of every write has 429', () => {
  const writes = allOperations.filter(({ scope }) => scope !== undefined);
  const without = writes.filter((operation) => promisedResponse(document, operation, 429) === undefined);
  expect([writes.length > 10, without]).toEqual([true, []]);
});
