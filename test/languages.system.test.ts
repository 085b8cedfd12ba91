import { expect, test } from 'vitest';
import type { Sent } from './checked_fetch.ts';
import { farmClient, freshName } from './client.ts';

const farm = await farmClient();
const taken = await farm.newAssembler();
const used = await farm.newTag();
await farm.fetch('DELETE', `/api/v1/tags/${used.id}`);
const large = { a: 'x'.repeat(70_000) };
const ASSEMBLERS = '/v1/assemblers.json';
const TAGS = '/api/v1/tags/';

const refusals: [status: number, method: string, path: string, sent: Sent, code: string | number][] = [
  [400, 'POST', TAGS, { body: '{', headers: { 'content-type': 'application/json' } }, 'malformed'],
  [400, 'POST', TAGS, { json: { tag: '' } }, 'invalid_argument'],
  [400, 'GET', '/api/v1/tags/%E0%A4%A', {}, 'malformed'],
  [404, 'GET', '/api/v1/tags/no%20such%20tag', {}, 'not_found'],
  [404, 'GET', '/api/v1/nothing', {}, 'not_found'],
  [405, 'PATCH', TAGS, {}, 'method_not_allowed'],
  [409, 'PUT', `/api/v1/tags/${used.id}`, { json: { tag: freshName() } }, 'not_unique'],
  [
    412,
    'DELETE',
    `/api/v1/agents/${(await farm.newAgent()).id}`,
    { headers: { 'if-match': '"0"' } },
    'precondition_failed',
  ],
  [413, 'POST', TAGS, { json: large }, 'too_large'],
  [415, 'POST', TAGS, { body: '{}' }, 'media_type'],
  [400, 'POST', ASSEMBLERS, { body: '{', headers: { 'content-type': 'application/json' } }, 1],
  [422, 'POST', ASSEMBLERS, { json: { slug: '-' } }, 1],
  [422, 'POST', ASSEMBLERS, { json: { slug: taken.slug, name: freshName() } }, 2],
  [404, 'GET', '/v1/assemblers/none', {}, 4],
  [404, 'GET', '/v1/tags.json', {}, 4],
  [401, 'POST', TAGS, { json: {}, token: 'muster_unknown' }, 'token_missing'],
  [401, 'POST', ASSEMBLERS, { json: {}, token: 'muster_unknown' }, 5],
  [416, 'GET', `${ASSEMBLERS}?page=1000000`, {}, 7],
  [415, 'POST', ASSEMBLERS, { body: '{}', headers: { 'content-type': 'text/csv' } }, 8],
  [413, 'POST', ASSEMBLERS, { json: large }, 9],
  [405, 'PUT', ASSEMBLERS, {}, 14],
  [412, 'DELETE', `/v1/assemblers/${taken.slug}`, { headers: { 'if-match': '"0"' } }, 13],
];

const textOf = (body: unknown): string => {
  const { error, message, title } = body as Record<string, string>;
  return error ?? message ?? title ?? '';
};
const asked = (sent: Sent, headers: Record<string, string>): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...headers },
});

test.each(refusals)('%i to %s %s is said in English and in Russian, under one code', async (...refusal) => {
  const [status, method, path, sent, code] = refusal;
  const english = await farm.fetch(method, path, sent);
  const russian = await farm.fetch(method, path, asked(sent, { 'accept-language': 'ru' }));
  for (const [answer, language] of [
    [english, 'en'],
    [russian, 'ru'],
  ] as const) {
    const { code: name, error_code } = answer.body as { code?: string; error_code?: number };
    expect([answer.status, name ?? error_code]).toEqual([status, code]);
    expect(answer.headers.get('content-language')).toBe(language);
  }
  expect(textOf(english.body)).not.toMatch(/[а-яё]/i);
  expect(textOf(russian.body)).toMatch(/[а-яё]{3}/i);
});

test.each(refusals)('%i to %s %s is an RFC 9457 problem where that is preferred', async (...refusal) => {
  const [status, method, path, sent, code] = refusal;
  const accept = 'application/problem+json, application/json;q=0.5';
  const problem = await farm.fetch(method, path, asked(sent, { accept, 'accept-language': 'ru' }));
  expect(problem.headers.get('content-type')).toBe('application/problem+json');
  const { code: name, error_code, status: told } = problem.body as Record<string, unknown>;
  expect([problem.status, told]).toEqual([status, status]);
  expect([name, error_code]).toContain(code);
  expect(textOf(problem.body)).toMatch(/[а-яё]{3}/i);
  const plain = await farm.fetch(
    method,
    path,
    asked(sent, { accept: 'application/json, application/problem+json;q=0.5' }),
  );
  expect(plain.headers.get('content-type')).toBe('application/json');
});

test.each([
  ['ru', 'ru'],
  ['ru-RU', 'ru'],
  ['RU', 'ru'],
  ['de, ru;q=0.9, en;q=0.1', 'ru'],
  ['en, ru', 'en'],
  ['ru;q=0.1, en;q=0.9', 'en'],
  ['ru;q=0, de', 'en'],
  ['de', 'en'],
  ['*', 'en'],
  ['', 'en'],
  ['x'.repeat(300), 'en'],
  ['ru_RU!;;q=x,,', 'en'],
])('Accept-Language "%s" is answered in %s by every service and the gateway', async (header, language) => {
  for (const path of ['/api/v1/tags/no%20tag', '/v1/assemblers/none', '/api/v1/jobs/0', '/nothing']) {
    const { headers } = await farm.fetch('GET', path, { headers: { 'accept-language': header } });
    expect([path, headers.get('content-language')]).toEqual([path, language]);
  }
});
