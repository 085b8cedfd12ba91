import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { expectNothingStored, refusalText } from './all_stored.ts';
import type { Sent } from './checked_fetch.ts';
import { farmClient, freshName } from './client.ts';

const farm = await farmClient();
const { fetch } = farm;
const slug = freshName('asm');

/** Every writing address that takes a body, with a fit one and a field of it that takes a text. */
const doors = [
  { method: 'POST', path: '/api/v1/tags/', field: 'tag', fit: { tag: freshName() } },
  { method: 'PUT', path: `/api/v1/tags/${freshName('put')}`, field: 'tag', fit: { agents: [] } },
  { method: 'POST', path: '/api/v1/agents/', field: 'hostname', fit: { hostname: 'a' } },
  { method: 'POST', path: '/api/v1/jobs/', field: 'title', fit: { title: 'a' } },
  { method: 'POST', path: '/v1/assemblers.json', field: 'name', fit: { slug, name: slug } },
  { method: 'POST', path: '/v1/source_paths.json', field: 'name', fit: { name: 'a', assembler_slug: slug } },
];
type Door = (typeof doors)[number];

const raw = (body: string | Uint8Array, type = 'application/json'): Sent => ({
  body,
  headers: { 'content-type': type },
});
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

expectNothingStored(fetch);

/** Sends each body to a door, and sees that it is refused with `status` and a text that has `says`. */
async function expectRefused(
  door: Door,
  status: number,
  bodies: readonly (readonly [string, Sent])[],
  says: RegExp,
) {
  for (const [what, sent] of bodies) {
    const answer = await fetch(door.method, door.path, sent);
    expect([what, answer.status, refusalText(answer)]).toEqual([what, status, expect.stringMatching(says)]);
  }
}

describe.each(doors)('$method $path', (door) => {
  const { method, path, field, fit } = door;
  const refused = path.startsWith('/v1/') ? 422 : 400;
  const json = (value: unknown): Sent => ({ json: { ...fit, [field]: value } });

  test('refuses broken JSON', async () => {
    const texts = [
      '{',
      '{"a":1,}',
      "{'a':1}",
      '{"a" 1}',
      '[1',
      'a',
      '{"a":NaN}',
      '{}{}',
      '\ufeff',
      '{"a":01}',
    ];
    await expectRefused(
      door,
      400,
      texts.map((text) => [text, raw(text)]),
      /JSON/,
    );
  });

  test('refuses a body that is not UTF-8, and one that is compressed', async () => {
    const bytes = Buffer.concat([Buffer.from(`{"${field}":"`), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    await expectRefused(door, 400, [['bytes', raw(bytes)]], /UTF-8/);
    const { body = '' } = { body: gzipSync(JSON.stringify(fit)) };
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    await expectRefused(door, 415, [['gzip', { body, headers }]], /gzip/);
  });

  test('refuses what is no object', async () => {
    const bodies = ['[]', '1', '"x"', 'null', 'true', '[{}]'].map((text) => [text, raw(text)] as const);
    await expectRefused(door, refused, bodies, /one JSON object/);
  });

  test('refuses what is nested deeper than 16', async () => {
    const shallow = await fetch(method, path, { json: { ...fit, a: JSON.parse(deep(15)) } });
    expect([shallow.status, refusalText(shallow)]).toEqual([refused, expect.stringContaining('a:')]);
    const deeps = [17, 1_000, 10_000].map((levels) => [`${levels}`, raw(deep(levels))] as const);
    await expectRefused(door, 400, [...deeps, ['lists', raw(`${'['.repeat(20)}${']'.repeat(20)}`)]], /16/);
  });

  test('refuses wrong types and operators, naming the field', async () => {
    const values: unknown[] = [
      1,
      true,
      [],
      {},
      ['x'],
      { $gt: '' },
      { $ne: null },
      { $where: 'sleep(1)' },
      { toString: 'x' },
    ];
    const bodies = values.map((value) => [JSON.stringify(value), json(value)] as const);
    await expectRefused(door, refused, bodies, new RegExp(`^${field}`));
  });

  test('refuses keys that reach a prototype, naming them', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const inner = `{"${key}":{"admin":true}}`;
      const bodies = [inner, `{"${field}":${inner}}`, `{"a":[${inner}]}`].map(
        (text) => [text, raw(text)] as const,
      );
      await expectRefused(door, 400, bodies, new RegExp(key));
    }
  });

  test('refuses unknown fields and operators as keys, naming them', async () => {
    for (const key of ['colour', '$where', '$set', 'v', 'last', 'live', '_id', 'hasOwnProperty', 'a.b']) {
      const answer = await fetch(method, path, { json: { ...fit, [key]: 1 } });
      expect([key, answer.status, refusalText(answer)]).toEqual([key, refused, expect.stringContaining(key)]);
    }
  });

  test('refuses control characters and lone surrogates, naming the field', async () => {
    const names = ['a\0b', 'a\r\nb', 'a\nSet-Cookie: b', '\t', 'a\x1bb', 'a\x7fb', 'a\u0085b', 'a\ud800b'];
    const bodies = names.map((name) => [JSON.stringify(name), json(name)] as const);
    await expectRefused(door, 400, bodies, new RegExp(`^${field}`));
  });

  test('refuses text that is too long, and a body of 3 MB', async () => {
    await expectRefused(door, refused, [['1,025', json('x'.repeat(1_025))]], new RegExp(`^${field}`));
    await expectRefused(door, 413, [['3 MB', json('x'.repeat(3 * 1024 * 1024))]], /larger than \d+ bytes/);
  });

  test('refuses other media types', async () => {
    const types = [
      'text/plain',
      'text/json',
      'application/x-yaml',
      'application/jsonp',
      'application/json;charset=koi8-r',
    ];
    const bodies = types.map((type) => [type, raw(JSON.stringify(fit), type)] as const);
    await expectRefused(door, 415, bodies, /application\/json/);
  });
});
