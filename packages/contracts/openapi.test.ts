import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { errorCodes } from './errors.ts';
import { type OpenApiOperation, openApiDocument, promisedResponse } from './openapi.ts';
import { allOperations, assemblersOperations, refusalsOf, tagsOperations } from './operations/mod.ts';

const document = openApiDocument(allOperations, { title: 'Muster', version: '1.0.0' });
const bodyTypesOf = (operation: OpenApiOperation | undefined) =>
  Object.keys((operation?.requestBody as { content: object } | undefined)?.content ?? {});
const operationOf = (path: string, method: string) => document.paths[path]?.[method];

test('openApiDocument() of all operations is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...structuredClone(document) });
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe('3.1');
});

test('openApiDocument() describes every operation once, under its own id', () => {
  const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((o) => o.operationId));
  expect(ids.toSorted()).toEqual(allOperations.map(({ id }) => id).toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test('promisedResponse() knows every success and every refusal of every operation', () => {
  for (const operation of allOperations) {
    const dialect = operation.path.startsWith('/v1/') ? 'vridlo' : 'pyfarm';
    const refusals = refusalsOf(operation).map((code) => errorCodes[code][dialect]);
    for (const status of [...Object.keys(operation.successes).map(Number), ...refusals])
      expect(promisedResponse(document, operation, status), `${operation.id} ${status}`).toHaveProperty(
        'description',
      );
    expect(promisedResponse(document, operation, 418)).toBeUndefined();
  }
});

test('openApiDocument() gathers the codes that share a status, in each manner and as a problem', () => {
  const pyfarm = promisedResponse(document, tagsOperations.createTag, 400)?.content;
  expect(pyfarm).toMatchObject({
    'application/json': { schema: { properties: { code: { enum: ['malformed', 'invalid_argument'] } } } },
    'application/problem+json': { schema: { properties: { status: { const: 400 } } } },
  });
  const vridlo = promisedResponse(document, assemblersOperations.createAssembler, 422)?.content;
  expect(vridlo).toMatchObject({
    'application/json': { schema: { properties: { error_code: { enum: [1, 3, 2] } } } },
  });
});

test('openApiDocument() offers arguments as query, JSON and both forms where an operation takes them so', () => {
  const create = operationOf('/v1/assemblers.json', 'post');
  expect(create).toMatchObject({ requestBody: { required: false } });
  expect(bodyTypesOf(create)).toEqual([
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ]);
  expect(create?.parameters).toContainEqual(expect.objectContaining({ name: 'slug', in: 'query' }));
  const attach = operationOf('/api/v1/tags/{tag}/agents/', 'post');
  expect(attach).toMatchObject({
    requestBody: { required: true },
    'x-also-at': ['/api/v1/tags/{tag}/agents'],
  });
  expect(bodyTypesOf(attach)).toEqual(['application/json']);
  expect(attach?.parameters).toContainEqual(
    expect.objectContaining({ name: 'tag', in: 'path', required: true }),
  );
});

test('openApiDocument() asks for the scope of a write, and for nothing on a read', () => {
  expect(operationOf('/api/v1/tags/{tag}', 'put')).toMatchObject({ security: [{ bearer: ['tags:write'] }] });
  expect(operationOf('/api/v1/tags/{tag}', 'get')).not.toHaveProperty('security');
});

test('openApiDocument() names the header fields of pages, of records and of refusals', () => {
  const list = operationOf('/v1/assemblers.json', 'get');
  expect(list?.parameters).toContainEqual(expect.objectContaining({ name: 'per-page', in: 'header' }));
  expect(list?.responses[206]).toMatchObject({ headers: { 'Content-Range': {}, Link: {}, ETag: {} } });
  expect(list?.responses[304]).not.toHaveProperty('content');
  const away = promisedResponse(document, assemblersOperations.listAssemblers, 503);
  expect(Object.keys(away?.headers ?? {})).toContain('Retry-After');
});

test('openApiDocument() describes input without the control characters that are refused in every text', () => {
  const patternAt = (path: string, method: string, name: string) => {
    const { content } = (operationOf(path, method)?.requestBody ?? {}) as {
      content: Record<string, { schema: { properties: Record<string, { pattern: string }> } }>;
    };
    return new RegExp(content['application/json']?.schema.properties[name]?.pattern ?? '');
  };
  for (const [pattern, fit] of [
    [patternAt('/api/v1/jobs/', 'post', 'title'), 'a b'],
    [patternAt('/api/v1/tags/', 'post', 'tag'), 'a b'],
    [patternAt('/v1/assemblers.json', 'post', 'export_path_base'), '/a b'],
  ] as const) {
    expect(fit).toMatch(pattern);
    for (const control of ['\0', '\n', '\u0085']) expect(`${fit}${control}c`).not.toMatch(pattern);
  }
});
