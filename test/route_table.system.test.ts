import { allOperations, dialectOf, type Operation, SCOPES, type Scope } from '@muster/contracts';
import { afterAll, expect, test } from 'vitest';
import { farmClient } from './client.ts';
import { startStrictFarm } from './strict_farm.ts';

const without = (scope: Scope) => ({ scopes: SCOPES.filter((other) => other !== scope) });
const grants = {
  full: { scopes: SCOPES },
  expired: { scopes: SCOPES, expires: new Date(Date.now() - 1_000) },
  'agents:write': without('agents:write'),
  'jobs:write': without('jobs:write'),
  'tags:write': without('tags:write'),
  'assemblers:write': without('assemblers:write'),
  'source_paths:write': without('source_paths:write'),
};
const strict = await startStrictFarm(grants);
afterAll(() => strict.stop());
const { full, expired, ...tokenWithout } = strict.tokens;
const { fetch } = await farmClient({ url: strict.farm.url, token: null });

const addressOf = (template: string): string =>
  template.replaceAll('{tag}', 'no-such-tag').replaceAll('{slug}', 'no-such-slug').replaceAll('{id}', '1');
const everywhere = allOperations.flatMap((operation) =>
  [operation.path, ...(operation.alsoAt ?? [])].map((template) => ({
    ...operation,
    address: addressOf(template),
  })),
);
const writes = everywhere.filter(({ scope }) => scope !== undefined);
const withBody = writes.filter(({ body }) => body !== undefined);
const code = (path: string, pyfarm: string, vridlo: number) =>
  dialectOf(path) === 'vridlo' ? { error_code: vridlo } : { code: pyfarm };

test('the table has every writing method under a scope', () => {
  const open = allOperations.filter(({ method, scope }) => (method === 'GET') !== (scope === undefined));
  expect(open).toEqual([]);
});

test.each(writes)(
  '$method $address is 401 without a token, whatever the body',
  async ({ method, address }) => {
    for (const sent of [{}, { json: {} }, { body: 'x', headers: { 'content-type': 'text/plain' } }]) {
      const { status, body, headers } = await fetch(method, address, sent);
      expect([status, body]).toMatchObject([401, code(address, 'token_missing', 5)]);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  },
);

test.each(writes)('$method $address is 401 with a bad token', async ({ method, address }) => {
  const unknown = `muster_${'A'.repeat(43)}`;
  for (const token of [unknown, expired, full.slice(0, -1), `${full}x`, 'no-token', 'a.b.c', '']) {
    const { status, body } = await fetch(method, address, { json: {}, token });
    expect([token.slice(0, 9), status, body]).toMatchObject([
      token.slice(0, 9),
      401,
      code(address, 'token_missing', 5),
    ]);
  }
  const basic = { authorization: `Basic ${Buffer.from(`muster:${full}`).toString('base64')}` };
  expect((await fetch(method, address, { json: {}, headers: basic })).status).toBe(401);
});

test.each(writes)('$method $address is 403 with a token that lacks $scope alone', async (operation) => {
  const { method, address, scope = 'tags:write' } = operation;
  const { status, body, headers } = await fetch(method, address, {
    json: {},
    token: tokenWithout[scope],
  });
  expect([status, body]).toMatchObject([403, code(address, 'scope_missing', 6)]);
  expect(Object.values(body as object).join()).toContain(scope);
  expect(headers.get('www-authenticate')).toContain('insufficient_scope');
});

test('401 and 403 are said in both languages, and as problems', async () => {
  const accept = 'application/problem+json';
  for (const path of ['/api/v1/tags/', '/v1/assemblers.json']) {
    const scope = path.startsWith('/v1/') ? 'assemblers:write' : 'tags:write';
    for (const token of [null, expired, tokenWithout[scope]]) {
      const english = await fetch('POST', path, { json: {}, token, headers: { accept } });
      const russian = await fetch('POST', path, {
        json: {},
        token,
        headers: { accept, 'accept-language': 'ru' },
      });
      const { title, ...told } = russian.body as { title: string };
      expect(english.body).toMatchObject({ ...told, title: expect.stringMatching(/^[^а-яё]+$/i) });
      expect(title).toMatch(/[а-яё]{3}/i);
    }
  }
});

test.each(writes)(
  '$method $address is let through by a token that has $scope',
  async ({ method, address }) => {
    const { status } = await fetch(method, address, { json: { no_such_field: 1 }, token: full });
    expect([400, 404, 422]).toContain(status);
  },
);

test.each(withBody)(
  '$method $address is 415 for a wrong or absent media type',
  async ({ method, address }) => {
    for (const type of ['text/plain', 'application/xml', 'application/json; charset=utf-16', undefined]) {
      const headers = type === undefined ? {} : { 'content-type': type };
      const { status, body } = await fetch(method, address, { body: '{}', headers, token: full });
      expect([type, status, body]).toMatchObject([type, 415, code(address, 'media_type', 8)]);
    }
  },
);

test.each(withBody)('$method $address is 415 for a compressed body', async ({ method, address }) => {
  for (const encoding of ['gzip', 'br', 'deflate']) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    const { status } = await fetch(method, address, { body: '{}', headers, token: full });
    expect([encoding, status]).toEqual([encoding, 415]);
  }
});

test.each(writes)('$method $address is 413 for a body of 3 MB', async ({ method, address }) => {
  const json = { a: 'x'.repeat(3 * 1024 * 1024) };
  const { status, body } = await fetch(method, address, { json, token: full });
  expect([status, body]).toMatchObject([413, code(address, 'too_large', 9)]);
});

const addresses = [...new Set(everywhere.map(({ address }) => address))];
const methodsAt = (address: string): Operation['method'][] =>
  everywhere.filter((operation) => operation.address === address).map(({ method }) => method);

test.each(addresses)(
  '%s answers 405 with Allow to each method that it lacks, and OPTIONS',
  async (address) => {
    const has = methodsAt(address);
    const allowed = [...has, ...(has.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted();
    const allowOf = (headers: Headers) => (headers.get('allow') ?? '').split(', ').toSorted();
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE']) {
      if (allowed.includes(method)) continue;
      const { status, headers } = await fetch(method, address);
      expect([method, status, allowOf(headers)]).toEqual([method, 405, allowed]);
    }
    const options = await fetch('OPTIONS', address);
    expect([options.status, allowOf(options.headers)]).toEqual([204, allowed]);
  },
);
