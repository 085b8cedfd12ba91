import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { difference, startSampler } from './sampler.ts';

const server = createServer((request, response) => {
  if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
  else response.end(request.url === '/torn' ? '{"a":' : '{"a":{"b":[1,2]}}');
});
let url = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const right = { path: '/x', status: 200, body: { a: { b: [1, 2] } } };

test('difference() is undefined for the answer that is known, 304 without a body too', async () => {
  expect(await difference(url, right)).toBeUndefined();
  const headers = { 'if-none-match': '"1"' };
  expect(await difference(url, { path: '/x', headers, status: 304, body: undefined })).toBeUndefined();
});

test('difference() tells another value deep inside, and another status', async () => {
  expect(await difference(url, { ...right, body: { a: { b: [1, 3] } } })).toMatch(
    /answered 200 .*\[1,2\].* instead of 200 .*\[1,3\]/,
  );
  expect(await difference(url, { ...right, status: 206 })).toMatch(/instead of 206/);
  expect(await difference(url, { path: '/x', status: 200, body: undefined })).toMatch(/answered 200/);
});

test('startSampler() tells every wrong answer, broken JSON too', async () => {
  const sampler = startSampler(url, [{ ...right, path: '/torn' }]);
  await expect.poll(() => sampler.asked).toBeGreaterThan(1);
  const wrong = await sampler.stop();
  expect([wrong.length, wrong[0]]).toEqual([sampler.asked, expect.stringMatching(/^\/torn: .*JSON/)]);
});
