import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { digestReplySchema, digestRequestSchema } from './digests.ts';
import { recordTypes } from './events.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { openApiDocument } from './openapi.ts';
import { allOperations } from './operations/mod.ts';
import { lookupReplySchema, lookupRequestSchema } from './subjects.ts';

const others = [
  ...[digestReplySchema, digestRequestSchema, heartbeatSchema],
  ...[lookupReplySchema, lookupRequestSchema],
];

/** Every object inside a value, with the way to it. */
function* objectsIn(value: unknown, at = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* objectsIn(inner, `${at}/${key}`);
}

const documents = [openApiDocument(allOperations, { title: 'Muster', version: '1' }), asyncApiDocument()];
const schemas = documents.flatMap((document) => [...objectsIn(document)]);

test('every schema is one by the draft that all are written in', () => {
  const ajv = new Ajv();
  const typed = schemas.filter(
    ([at, { type }]) =>
      (typeof type === 'string' || Array.isArray(type)) && !at.includes('/securitySchemes/'),
  );
  const broken = typed.filter(([, schema]) => ajv.validateSchema(schema) !== true);
  expect(broken.map(([at]) => at)).toEqual([]);
  expect(typed.length).toBeGreaterThan(100);
  expect(ajv.validateSchema({ type: 'string', maxLength: 'long' })).toBe(false);
});

test('every schema that is checked against can be compiled, as strictly as a service does it with the first value', () => {
  const bodies = allOperations.flatMap(({ body, query }) => [body, query]).filter((one) => one !== undefined);
  const states = Object.values(recordTypes).map(({ state }) => state);
  const strict = new Ajv({ strict: true, allowUnionTypes: true });
  for (const schema of [...bodies, ...states, ...others]) strict.compile(schema as object);
  expect(bodies.length + states.length).toBeGreaterThan(15);
  expect(() => strict.compile({ type: 'string', maxLenght: 3 })).toThrow('unknown keyword');
});

/** One class of characters, repeated: nothing in it can be tried twice. */
const isPlain = (pattern: string): boolean => /^\^\[[^\]]*\][*+]\$$/.test(pattern);

test('every pattern has a maxLength beside it, except a plain one', () => {
  const patterned = schemas.filter(([, { pattern }]) => typeof pattern === 'string' && !isPlain(pattern));
  expect(patterned.length).toBeGreaterThan(10);
  const open = patterned.filter(([, schema]) => typeof schema.maxLength !== 'number').map(([at]) => at);
  expect(open).toEqual([]);
});

test('no schema has a default, which would change what a client sent', () => {
  const typed = schemas.filter(([, schema]) => 'type' in schema);
  expect(typed.filter(([, schema]) => 'default' in schema).map(([at]) => at)).toEqual([]);
});

test('commands and queries are closed, events tolerant', () => {
  for (const { id, body, query } of allOperations) {
    for (const schema of [body, query])
      if (schema !== undefined) expect(schema.additionalProperties, id).toBe(false);
  }
  for (const [type, { state }] of Object.entries(recordTypes))
    expect(state.additionalProperties, type).toBe(true);
});
