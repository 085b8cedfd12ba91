import { join } from 'node:path';
import { allOperations, dialectOf, SCOPES } from '@muster/contracts';
import { freePort, type Handle, startService } from '@muster/dev';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type CheckedFetch, checkedFetch } from './checked_fetch.ts';
import { farmClient, freshName } from './client.ts';
import { startStrictFarm } from './strict_farm.ts';

// Everybody here speaks from 127.0.0.1: a gateway behind a proxy that it trusts, and services that trust the gateway.
const strict = await startStrictFarm(
  { full: { scopes: SCOPES } },
  { REQUIRE_TLS: 'true', TRUSTED_PROXIES: '127.0.0.0/8, ::1' },
);
const { farm, tokens } = strict;
const token = tokens.full;
const { fetch, document } = await farmClient({ url: farm.url, token });
const https = { 'x-forwarded-proto': 'https' };
const started: Handle[] = [];

/** Starts one more process of its own settings, and gives back a client of it. */
async function start(name: string, env: Record<string, string>): Promise<CheckedFetch> {
  const port = await freePort();
  const { mongodbUrl, natsUrl } = inject('farm');
  const handle = await startService(name, {
    port,
    logs: join(farm.home, 'logs'),
    label: `${name}-${port}`,
    env: {
      MONGODB_URL: mongodbUrl,
      NATS_URL: natsUrl,
      TOKENS_FILE: join(farm.home, 'strict_tokens.json'),
      ...env,
    },
  });
  started.push(handle);
  return checkedFetch(handle.url ?? '', document, token);
}

let distrustful: CheckedFetch;
let unproxied: CheckedFetch;
beforeAll(async () => {
  const urlOf = (name: string) => farm.processes[name]?.url ?? '';
  distrustful = await start('assemblers', { REQUIRE_TLS: 'true', TRUSTED_PROXIES: '10.0.0.0/8' });
  unproxied = await start('gateway', {
    TAGS_URL: urlOf('tags'),
    ASSEMBLERS_URL: urlOf('assemblers'),
    REGISTRY_URL: urlOf('registry'),
  });
});
afterAll(async () => {
  for (const handle of started) await handle.stop();
  await strict.stop();
});

const everywhere = allOperations.flatMap(({ method, path, alsoAt = [] }) =>
  [path, ...alsoAt].map((template) => ({
    method,
    address: template.replaceAll(/\{(?:tag|slug)\}/g, 'none').replaceAll('{id}', '1'),
  })),
);

test.each(everywhere)(
  '$method $address over plain HTTP is 422.3, with a token too',
  async ({ method, address }) => {
    const error = dialectOf(address) === 'vridlo' ? { error_code: 3 } : { code: 'tls_required' };
    for (const sent of [{}, { token: null }, { json: {} }]) {
      const { status, body } = await fetch(method, address, sent);
      expect([status, body]).toMatchObject([422, error]);
    }
  },
);

test('422.3 is the body of the document’s "423" example, in the language asked for', async () => {
  const { status, body } = await fetch('GET', '/v1/assemblers/ca', { headers: { 'accept-language': 'ru' } });
  expect([status, body]).toEqual([422, { error_code: 3, message: expect.stringMatching(/TLS.*https/) }]);
});

test('a client that a trusted proxy met over TLS is served, through the gateway and at the service', async () => {
  const slug = freshName('asm');
  const made = await fetch('POST', '/v1/assemblers.json', { json: { slug, name: slug }, headers: https });
  expect(made.status).toBe(200);
  const direct = checkedFetch(farm.processes.assemblers?.url ?? '', document, token);
  expect((await direct('GET', `/v1/assemblers/${slug}`, { headers: https })).body).toEqual(made.body);
  for (const proto of ['http', 'HTTP', 'https, http', 'ftp', '']) {
    const { status } = await direct('GET', `/v1/assemblers/${slug}`, {
      headers: { 'x-forwarded-proto': proto },
    });
    expect([proto, status]).toEqual([proto, 422]);
  }
});

test('what an untrusted peer says of itself is not believed', async () => {
  const claims = {
    ...https,
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'proto=https',
    'x-forwarded-ssl': 'on',
  };
  const { status, body } = await distrustful('GET', '/v1/assemblers.json', { headers: claims });
  expect([status, body]).toMatchObject([422, { error_code: 3 }]);
});

test('the gateway overwrites what a client that is no trusted proxy says of TLS', async () => {
  const { status, body } = await unproxied('GET', '/v1/assemblers.json', { headers: https });
  expect([status, body]).toMatchObject([422, { error_code: 3 }]);
});

test('the operator’s addresses need no TLS', async () => {
  for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json']) {
    expect((await distrustful('GET', path)).status).toBe(200);
  }
});
