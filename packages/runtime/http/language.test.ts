import { AppError } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { message, negotiateLanguage } from './language.ts';
import { renderError } from './render_error.ts';

describe('negotiateLanguage()', () => {
  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['ru', 'ru'],
    ['ru-RU', 'ru'],
    ['fr, ru;q=0.5', 'ru'],
    ['en-GB, ru;q=0.9', 'en'],
    ['ru;q=0', 'en'],
    ['ru;q=0.2, en;q=0.1', 'ru'],
    ['not a language !!', 'en'],
  ])('gives %s the language %s', (header, language) => expect(negotiateLanguage(header)).toBe(language));
});

describe('message()', () => {
  test('fills in what the client sent as it is, whatever characters are in it', () => {
    const text = message('tag_unknown', { tag: "{x} '{y}' <b>" }, 'en');
    expect(text).toBe(`There is no tag "{x} '{y}' <b>". POST it to /api/v1/tags/ first.`);
  });
  test('writes numbers plainly', () => {
    expect(message('tag_id_used', { id: 1234567 }, 'ru')).toContain('1234567');
  });
});

describe('renderError()', () => {
  const context = { path: '/v1/x', accept: undefined, acceptLanguage: 'ru', requestId: 'r' };
  const error = new AppError('tls_required', 'tls_required');
  test('writes the body of the API that was asked', () => {
    const vridlo = renderError(error, context);
    expect([vridlo.status, JSON.parse(vridlo.body).error_code]).toEqual([422, 3]);
    const pyfarm = renderError(error, { ...context, path: '/api/v1/x' });
    expect(JSON.parse(pyfarm.body)).toMatchObject({ code: 'tls_required' });
    expect(pyfarm.headers).toMatchObject({ 'Content-Language': 'ru', Vary: 'Accept-Language, Accept' });
  });
  test('writes an RFC 9457 problem for who prefers it', () => {
    const { headers, body } = renderError(error, { ...context, accept: 'application/problem+json' });
    expect(headers['Content-Type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ type: 'urn:muster:error:tls_required', status: 422 });
    const both = renderError(error, {
      ...context,
      accept: 'application/json, application/problem+json;q=0.5',
    });
    expect(both.headers['Content-Type']).toBe('application/json');
  });
});
