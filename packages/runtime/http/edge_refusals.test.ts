import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post, startToyService, statusAndCode } from './edge_fixture.ts';

let toy: Awaited<ReturnType<typeof startToyService>>;
let url: string;

beforeAll(async () => {
  toy = await startToyService();
  url = toy.url;
});
afterAll(() => toy.close());

describe('edge() refuses', () => {
  test.each([
    ['broken JSON', '{', 400, 'malformed'],
    ['no body', '', 400, 'malformed'],
    ['an array', '[]', 400, 'invalid_argument'],
    ['a wrong type', '{"tag":1}', 400, 'invalid_argument'],
    ['an unknown field', '{"tag":"a","x":1}', 400, 'invalid_argument'],
    ['NUL', '{"tag":"a\\u0000"}', 400, 'malformed'],
    ['a lone surrogate', '{"tag":"\\ud800"}', 400, 'malformed'],
    ['a key that reaches a prototype', '{"tag":"a","inner":{"__proto__":{}}}', 400, 'malformed'],
    ['deep nesting', `{"tag":"a","inner":${'{"a":'.repeat(16)}1${'}'.repeat(16)}}`, 400, 'malformed'],
    ['very deep nesting', '['.repeat(60_000), 400, 'malformed'],
    ['a large body', `"${'a'.repeat(64 * 1024)}"`, 413, 'too_large'],
  ])('%s', async (_name, text, status, code) => {
    expect(await statusAndCode(await post(`${url}/api/v1/things/`, { body: text }))).toEqual([status, code]);
  });
  test('a body that is not UTF-8', async () => {
    const answer = await post(`${url}/api/v1/things/`, { body: new Uint8Array([0x7b, 0xff, 0x7d]) });
    expect(await statusAndCode(answer)).toEqual([400, 'malformed']);
  });
  test.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/json; charset=latin1' }],
    [{ 'content-type': '' }],
    [{ 'content-encoding': 'gzip' }],
  ])('the media type %o', async (headers) => {
    const answer = await post(`${url}/api/v1/things/`, { body: '{"tag":"a"}', headers });
    expect(await statusAndCode(answer)).toEqual([415, 'media_type']);
  });
  test('a write without a token, before looking at its body', async () => {
    const answer = await fetch(`${url}/api/v1/things/`, { method: 'POST', body: 'x' });
    expect(await statusAndCode(answer)).toEqual([401, 'token_missing']);
  });
  test('a write while the service sets itself up, but no read', async () => {
    const early = await startToyService({ mayWrite: () => false });
    const made = await post(`${early.url}/api/v1/things/`, { body: '{"tag":"a"}' });
    expect(await statusAndCode(made)).toEqual([503, 'unavailable']);
    expect((await fetch(`${early.url}/api/v1/things/a`)).status).toBe(200);
    early.close();
  });
  test('broken percent-encoding and control characters in the address', async () => {
    for (const path of ['/api/v1/things/%E0%A4%A', '/api/v1/things/a%00', '/api/v1/things/%0d%0a']) {
      expect(await statusAndCode(await fetch(url + path))).toEqual([400, 'malformed']);
    }
  });
  test('an argument given twice, unknown, or out of range', async () => {
    const status = async (query: string) => (await fetch(`${url}/v1/forms.json${query}`)).status;
    expect([await status('?page=1&page=1'), await status('?x=1'), await status('?page=0')]).toEqual([
      400, 422, 422,
    ]);
    expect((await fetch(`${url}/api/v1/things/a?x=1`)).status).toBe(400);
  });
  test('more than 64 header fields, and a header larger than 8 KiB', async () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`x-${i}`, '1']));
    expect((await fetch(`${url}/livez`, { headers: many })).status).toBe(431);
    const large = connect(toy.port, '127.0.0.1');
    large.end(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(9_000)}\r\n\r\n`);
    const [answer] = (await once(large, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 431 .*"code":"headers_too_large"/s);
  });
  test('too many polls of one client, with the time to wait', async () => {
    const poll = () => fetch(`${url}/v1/forms.json`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    for (let i = 0; i < 5; i += 1) expect((await poll()).status).toBe(200);
    const refused = await poll();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
