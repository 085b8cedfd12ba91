import { expect, test } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { recordTypes } from './events.ts';
import { openApiDocument } from './openapi.ts';
import { allOperations } from './operations/mod.ts';

/** Every object inside a value, with the way to it. */
function* objectsIn(value: unknown, at = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* objectsIn(inner, `${at}/${key}`);
}

const documents = [openApiDocument(allOperations, { title: 'Muster', version: '1' }), asyncApiDocument()];
const schemas = documents.flatMap((document) => [...objectsIn(document)]);

test('every pattern has a maxLength beside it', () => {
  const patterned = schemas.filter(([, schema]) => typeof schema.pattern === 'string');
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
