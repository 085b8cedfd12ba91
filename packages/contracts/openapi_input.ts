import type { Schema } from './schema.ts';

/** What is refused in every text that comes from outside, whatever its schema says; the edge sees to it, so schemas do not. */
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';
const ANY = `[^${CONTROLS}]*`;

type Words = Readonly<Record<string, unknown>>;

/** A schema of what comes from outside as the API takes it: the same, without control characters in any text. */
export function describedInput<S extends Schema>(schema: S): S {
  if (typeof schema !== 'object') return schema;
  const { properties, items, type, enum: values } = schema as Words;
  const isText = [type].flat().includes('string') && values === undefined;
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: mapValues(properties as Words, describedInput) }),
    ...(items === undefined ? {} : { items: describedInput(items as Schema) }),
    ...(isText ? { pattern: withoutControls(schema) } : {}),
  } as S;
}

/** A pattern that takes any character does so but for these, and one that is open at its end goes on with others only. */
function withoutControls(schema: Schema): string {
  const { pattern } = schema as { pattern?: string };
  if (pattern === undefined) return `^${ANY}$`;
  const inside = pattern.replaceAll('[\\s\\S]*', ANY);
  return inside.endsWith('$') ? inside : `${inside}${ANY}$`;
}

const mapValues = (from: Words, map: (schema: Schema) => Schema): Words =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value as Schema)]));
