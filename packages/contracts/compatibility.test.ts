import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { digestReplySchema, digestRequestSchema } from './digests.ts';
import { recordTypes } from './events.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { allOperations } from './operations/mod.ts';
import { lookupReplySchema, lookupRequestSchema } from './subjects.ts';

const SNAPSHOT = new URL('compatibility.snapshot', import.meta.url);

/** Every schema that is promised to a client or to another service, by name. */
const promised: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(recordTypes).map(([type, { state }]) => [`event ${type}`, state])),
  'event lookup request': lookupRequestSchema,
  'event lookup reply': lookupReplySchema,
  'event digest request': digestRequestSchema,
  'event digest reply': digestReplySchema,
  'event heartbeat': heartbeatSchema,
  ...Object.fromEntries(
    allOperations.map(({ id, query, body, successes, scope, path, method }) => [
      `operation ${id}`,
      { method, path, scope, query, body, successes },
    ]),
  ),
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the newer of two schemas breaks a promise of the older: only new optional fields and new descriptions do not. */
function breaks(older: unknown, newer: unknown, at: string): string[] {
  if (!isObject(older) || !isObject(newer))
    return JSON.stringify(older) === JSON.stringify(newer) ? [] : [`${at}: changed`];
  const mayGain = /(^|\.)(properties|successes)$/.test(at);
  const gained = mayGain ? [] : Object.keys(newer).filter((key) => !(key in older) && key !== 'description');
  return [
    ...gained.map((key) => `${at}.${key}: new`),
    ...Object.keys(older)
      .filter((key) => key !== 'description')
      .flatMap((key) => breaks(older[key], newer[key], `${at}.${key}`)),
  ];
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test('a schema only gains optional fields', () => {
  const older: Record<string, unknown> = JSON.parse(readFileSync(SNAPSHOT, 'utf8'));
  const broken = Object.keys(older).flatMap((name) =>
    breaks(older[name], plain(promised[name] ?? null), name),
  );
  expect(broken, 'what is promised already was changed').toEqual([]);
});

test('the snapshot holds every schema as it is now (after a compatible change: vitest -u)', async () => {
  await expect(`${JSON.stringify(promised, null, 1)}\n`).toMatchFileSnapshot(SNAPSHOT.pathname);
});

test('the comparison sees each kind of broken promise', () => {
  const older = { type: 'object', properties: { a: { type: 'string', maxLength: 9 } }, required: ['a'] };
  const a = older.properties.a;
  const b = { type: 'integer' };
  expect(breaks(older, { ...older, properties: { a, b } }, 's')).toEqual([]);
  expect(breaks(older, { ...older, properties: { b } }, 's')).toEqual(['s.properties.a: changed']);
  expect(breaks(older, { ...older, required: ['a', 'b'] }, 's')).toEqual(['s.required: changed']);
  expect(breaks(older, { ...older, properties: { a: { ...a, maxLength: 8 } } }, 's')).toHaveLength(1);
  expect(breaks(older, { ...older, properties: { a: { ...a, pattern: '^x' } } }, 's')).toEqual([
    's.properties.a.pattern: new',
  ]);
});
