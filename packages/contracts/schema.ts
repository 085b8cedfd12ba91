import type { JSONSchema } from 'json-schema-to-ts';

export type { FromSchema } from 'json-schema-to-ts';

/** A JSON Schema (draft-07 words, all of which OpenAPI 3.1 understands). Schemas are composed by value, never by `$ref`. */
export type Schema = JSONSchema;

/** A schema of an object whose properties are known; commands, queries and records are written as these. */
export type ObjectSchema = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties: boolean;
};

/** A text that must be there: 1 to `maxLength` code points. */
export const text = <const N extends number>(maxLength: N) =>
  ({ type: 'string', minLength: 1, maxLength }) as const;

/** The same schema, or null where the value is absent. */
export const nullable = <const S extends { readonly type: string }>(schema: S) =>
  ({ ...schema, type: [schema.type, 'null'] }) as Omit<S, 'type'> & {
    readonly type: readonly [S['type'], 'null'];
  };

/** A list of `items`. */
export const listOf = <const S extends Schema>(items: S) => ({ type: 'array', items }) as const;

/** The largest integer that a JSON number carries exactly (2^53 - 1); no id is larger. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;

/** A positive integer id. */
export const integerId = { type: 'integer', minimum: 1, maximum: MAX_ID } as const;

/** A UUID in canonical form: lower case, with dashes. */
export const uuid = {
  type: 'string',
  maxLength: 36,
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
} as const;

/** A UUID in any case, with or without dashes, as clients may spell it. */
export const anyUuid = {
  type: 'string',
  minLength: 1,
  maxLength: 36,
  pattern:
    '^[0-9A-Fa-f]{8}(?:-?)[0-9A-Fa-f]{4}(?:-?)[0-9A-Fa-f]{4}(?:-?)[0-9A-Fa-f]{4}(?:-?)[0-9A-Fa-f]{12}$',
} as const;
