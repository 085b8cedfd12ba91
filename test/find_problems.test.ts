import { allOperations, openApiDocument } from '@muster/contracts';
import { expect, test } from 'vitest';
import { findProblems, templateOf } from './find_problems.ts';
import type { Answer, Asked } from './http_exchange.ts';

const document = openApiDocument(allOperations, { title: 'Muster', version: '1.0.0' });
const carried = {
  'x-request-id': 'r1',
  traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`,
  'content-type': 'application/json',
};
const lag = { 'farm-refs-lag-ms': '3' };
const refused = { ...carried, ...lag, 'content-language': 'en', vary: 'Accept-Language, Accept' };
const asked = (method: string, path: string): Asked => ({ method, path, headers: {} });
const answer = (status: number, headers: Record<string, string>, body?: unknown): Answer => ({
  status,
  headers: new Headers(headers),
  text: body === undefined ? '' : JSON.stringify(body),
  body,
});
const unknownTag = { error: 'There is no tag "x".', code: 'not_found' };
const tag = { id: 1, tag: 'blue', agents: [], jobs: [] };

test('findProblems() finds none in an answer that is as described', () => {
  const etag = { ...carried, ...lag, etag: '"1"' };
  expect(findProblems(document, asked('GET', '/api/v1/tags/blue'), answer(200, etag, tag))).toEqual([]);
  expect(findProblems(document, asked('GET', '/api/v1/tags/x'), answer(404, refused, unknownTag))).toEqual(
    [],
  );
});

test.each([
  ['a status that is not described', 'GET', '/api/v1/tags/x', answer(418, carried, {}), /418/],
  [
    'a body that breaks its schema',
    'GET',
    '/api/v1/tags/x',
    answer(200, carried, { ...tag, id: '1' }),
    /integer/,
  ],
  ['a field too many', 'GET', '/api/v1/tags/x', answer(200, carried, { ...tag, v: 1 }), /additional/],
  ['a read without ETag', 'GET', '/api/v1/tags/x', answer(200, carried, tag), /ETag/],
  ['a weak ETag', 'GET', '/api/v1/tags/x', answer(200, { ...carried, etag: 'W/"1"' }, tag), /strong/],
  [
    'another media type',
    'GET',
    '/api/v1/tags/x',
    answer(200, { ...carried, 'content-type': 'text/html' }, tag),
    /media type/,
  ],
  [
    'no request id',
    'GET',
    '/api/v1/tags/x',
    answer(404, { ...refused, 'x-request-id': '' }, unknownTag),
    /X-Request-Id/,
  ],
  ['a refusal in no language', 'GET', '/api/v1/tags/x', answer(404, carried, unknownTag), /Content-Language/],
  [
    'a refusal in the other API’s manner',
    'GET',
    '/v1/assemblers/x',
    answer(404, refused, unknownTag),
    /error body/,
  ],
  [
    'a code of another status',
    'GET',
    '/api/v1/tags/x',
    answer(404, refused, { error: 'x', code: 'malformed' }),
    /error body/,
  ],
  [
    'a stack',
    'GET',
    '/api/v1/tags/x',
    answer(404, refused, { ...unknownTag, error: 'at a (b.ts:1)' }),
    /stack/,
  ],
  ['a success at no address', 'GET', '/api/v1/nothing', answer(200, carried, {}), /not described/],
  ['404 where 405 is due', 'PATCH', '/api/v1/tags/x', answer(404, refused, unknownTag), /405 is due/],
  ['a body after HEAD', 'HEAD', '/api/v1/tags/x', answer(200, carried, tag), /a body where none/],
  [
    '405 without Allow',
    'PATCH',
    '/api/v1/tags/x',
    answer(405, refused, { error: 'x', code: 'method_not_allowed' }),
    /allow/,
  ],
  [
    'an internal error',
    'GET',
    '/api/v1/tags/x',
    answer(500, refused, { error: 'x', code: 'internal' }),
    /internal/,
  ],
])('findProblems() finds %s', (_, method, path, given, problem) => {
  expect(findProblems(document, asked(method, path), given).join('\n')).toMatch(problem);
});

test.each([
  ['/api/v1/tags/schema', '/api/v1/tags/schema'],
  ['/api/v1/tags/schema/', '/api/v1/tags/schema'],
  ['/api/v1/tags/other', '/api/v1/tags/{tag}'],
  ['/v1/assemblers/a.b', '/v1/assemblers/{slug}.json'],
  ['/v1/assemblers/a.b.json', '/v1/assemblers/{slug}.json'],
  ['/v1/assemblers/a/tags', '/v1/assemblers/{slug}/tags.json'],
  ['/v1/tags.json', undefined],
])('templateOf() takes %s for %s', (path, template) => {
  expect(templateOf(document, path)).toBe(template);
});
