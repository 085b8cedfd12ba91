import { type Ask, asker, startTestServices, type TestServices } from '@muster/dev';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let services: TestServices;
let ask: Ask;
const all = '/v1/assemblers.json';
let made = 0;

/** Makes an assembler with fields of its own. */
async function make(slug = `s${++made}`): Promise<void> {
  const { status } = await ask(`POST ${all}`, { json: { slug, name: `Name of ${slug}` } });
  expect(status).toBe(200);
}

beforeAll(async () => {
  services = await startTestServices(inject('serverBinaries'));
  const { url = '' } = await services.start('assemblers', { LOG_LEVEL: 'warn' });
  ask = asker(url, services.token);
});
afterAll(() => services?.stop());

describe('GET the list', () => {
  test('is 200 and empty while there is none, and 416 past that', async () => {
    const { status, body, headers } = await ask(`GET ${all}`, { token: null });
    expect([status, body, headers.get('content-range')]).toEqual([200, [], 'items */0']);
    expect((await ask(`GET ${all}?page=2`)).status).toBe(416);
  });

  test('goes by slug in pages of ten: 206, the last one 200, then 416 in the language asked for', async () => {
    await Promise.all(Array.from({ length: 12 }, () => make()));
    const first = await ask(`GET ${all}`);
    expect(first.status).toBe(206);
    expect(first.headers.get('content-range')).toBe('items 0-9/12');
    expect(first.headers.get('link')).toContain(`<${all}?page=2&per_page=10>; rel="next"`);
    const last = await ask(`GET ${all}?page=2`);
    expect([last.status, last.headers.get('content-range')]).toEqual([200, 'items 10-11/12']);
    const slugs = [...first.body, ...last.body].map(({ slug }: { slug: string }) => slug);
    expect(slugs).toEqual([...slugs].sort());
    expect(new Set(slugs).size).toBe(12);

    const headers = { 'accept-language': 'ru' };
    const past = await ask(`GET ${all}?page=3`, { headers });
    expect([past.status, past.body.error_code]).toEqual([416, 7]);
    expect(past.headers.get('content-range')).toBe('items */12');
    expect(past.body.message).toMatch(/[а-я]/);
    expect((await ask(`GET ${all}?page=3`)).body.message).toContain('past the end');
  });

  test('takes the paging arguments as header fields, which the query overrules', async () => {
    const headers = { 'Per-Page': '5', Page: '3' };
    const byHeader = await ask(`GET ${all}`, { headers });
    expect([byHeader.status, byHeader.body.length]).toEqual([200, 2]);
    expect(byHeader.headers.get('vary')?.toLowerCase()).toContain('per-page');
    const overruled = await ask(`GET ${all}?page=1`, { headers });
    expect([overruled.status, overruled.body.length]).toEqual([206, 5]);
  });

  test.each([
    'per_page=0',
    'per_page=51',
    'per_page=-1',
    'per_page=x',
    'per_page=1.5',
    'per_page=',
    'page=0',
    'page=x',
    'q=1',
  ])('refuses %s with 422.1', async (query) => {
    const { status, body } = await ask(`GET ${all}?${query}`);
    expect([status, body.error_code]).toEqual([422, 1]);
    expect(body.message).toContain(query.split('=')[0]);
  });

  test('has an ETag that costs a poller nothing, and that a page which gained a follower loses', async () => {
    const path = `${all}?per_page=50`;
    const { headers, body, status } = await ask(`GET ${path}`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=3600');
    const etag = headers.get('etag') ?? '';
    expect((await ask(`GET ${path}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const exact = `${all}?per_page=${body.length}`;
    const before = (await ask(`GET ${exact}`)).headers.get('etag') ?? '';
    await make('zz-last');
    const after = await ask(`GET ${exact}`, { headers: { 'if-none-match': before } });
    expect([after.status, after.body]).toEqual([206, body]);
  });
});

test('REQUIRE_TLS answers 422.3 over plain HTTP, and POLL_LIMIT 429 to a client that polls on', async () => {
  const { url = '' } = await services.start('assemblers', { REQUIRE_TLS: 'true' });
  const plain = await asker(url, services.token)(`GET ${all}`);
  expect([plain.status, plain.body.error_code]).toEqual([422, 3]);
  const limited = await services.start('assemblers', { POLL_LIMIT: '2' });
  const poll = asker(limited.url ?? '', services.token);
  expect((await poll(`GET ${all}`)).status).toBeLessThan(300);
  expect((await poll(`GET ${all}`)).status).toBeLessThan(300);
  const { status, body, headers } = await poll(`GET ${all}`);
  expect([status, body.error_code]).toEqual([429, 10]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});
