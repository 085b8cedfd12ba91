import { request as send } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startToyService, statusAndCode } from './edge_fixture.ts';

let toy: Awaited<ReturnType<typeof startToyService>>;
let url: string;

beforeAll(async () => {
  toy = await startToyService();
  url = toy.url;
});
afterAll(() => toy.close());

describe('edge() answers', () => {
  test('a record with its revision as ETag, and 304 to who has it', async () => {
    const answer = await fetch(`${url}/api/v1/things/a%2Fb`);
    expect(answer.headers.get('etag')).toBe('"7"');
    expect(await answer.json()).toEqual({ id: 'a/b' });
    const again = await fetch(`${url}/api/v1/things/a%2Fb`, { headers: { 'if-none-match': 'W/"6", "7"' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
  test('a streamed list whole, with and without the last slash', async () => {
    for (const path of ['/api/v1/things/', '/api/v1/things']) {
      expect(await (await fetch(url + path)).json()).toEqual([...Array(1_000).keys()]);
    }
  });
  test('HEAD without a body, OPTIONS with Allow, 405 with Allow, 404', async () => {
    const head = await fetch(`${url}/api/v1/things/a`, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '10']);
    const options = await fetch(`${url}/api/v1/things/`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
    const wrong = await fetch(`${url}/api/v1/things/`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
    expect(await statusAndCode(await fetch(`${url}/api/v1/nothing`))).toEqual([404, 'not_found']);
  });
  test("the client's request id and trace, or new ones", async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const kept = await fetch(`${url}/livez`, { headers: { 'x-request-id': 'a.b-1', traceparent } });
    expect([kept.headers.get('x-request-id'), kept.headers.get('traceparent')]).toEqual([
      'a.b-1',
      traceparent,
    ]);
    const made = await fetch(`${url}/livez`, { headers: { 'x-request-id': 'a b', traceparent: 'x' } });
    const id = made.headers.get('x-request-id') ?? '';
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(made.headers.get('traceparent')).toBe(`00-${id}-${id.slice(16)}-00`);
  });
  test('Strict-Transport-Security to a client that came by TLS, and to no other', async () => {
    const told = async (headers: Record<string, string>) =>
      (await fetch(`${url}/livez`, { headers })).headers.get('strict-transport-security');
    expect(await told({})).toBeNull();
    expect(await told({ 'x-forwarded-proto': 'http' })).toBeNull();
    expect(await told({ 'x-forwarded-proto': 'https' })).toBe('max-age=31536000');
  });
  test('liveness without asking, readiness with what is away', async () => {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', database: 'away' }]);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('muster_http_request_duration_seconds');
  });
});

describe('edge() under failure', () => {
  test('tells of a dependency that is away, with the time to wait', async () => {
    const answer = await fetch(`${url}/api/v1/things/away`);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await statusAndCode(answer)).toEqual([503, 'unavailable']);
  });
  test('shows nothing of an unexpected error', async () => {
    const answer = await fetch(`${url}/api/v1/things/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret');
  });
  test('gives up after 3 s', async () => {
    expect((await fetch(`${url}/api/v1/things/slow`)).status).toBe(503);
  });
  test('cuts an answer that breaks in the middle, so that the client can tell', async () => {
    const reading = fetch(`${url}/api/v1/things/cut`).then((answer) => answer.text());
    await expect(reading).rejects.toThrow();
  });
  test('outlives a client that hangs up in the middle of its body', async () => {
    const cut = send(`${url}/v1/forms.json`, { method: 'POST', headers: { 'content-length': '100' } });
    cut.on('error', () => {});
    cut.write('{');
    await new Promise((resolve) => setTimeout(resolve, 50));
    cut.destroy();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });
});

describe('edge() takes arguments', () => {
  test('from query, form and JSON, the body winning, blanks counting as absent', async () => {
    const fill = async (query: string, init: RequestInit) =>
      (await fetch(`${url}/v1/forms.json${query}`, { method: 'POST', ...init })).json();
    expect(await fill('?tag=q', {})).toEqual({ tag: 'q' });
    expect(await fill('?tag=q', { body: new URLSearchParams({ tag: 'f o' }) })).toEqual({ tag: 'f o' });
    const form = new FormData();
    form.set('tag', 'multi');
    expect(await fill('', { body: form })).toEqual({ tag: 'multi' });
    const json = { body: '{"tag":"e\\u0301"}', headers: { 'content-type': 'application/json' } };
    expect(await fill('?tag=q', json)).toEqual({ tag: '\u00e9' });
    expect(await fill('?tag=%20', {})).toMatchObject({ error_code: 1 });
  });
  test('from header fields, the query winning', async () => {
    const answer = await fetch(`${url}/v1/forms.json?page=2`, { headers: { page: '3' } });
    expect([await answer.json(), answer.headers.get('vary')]).toEqual([[{ page: 2 }], 'page']);
  });
});
