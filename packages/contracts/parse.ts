import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { AppError, type MessageKey } from './errors.ts';
import en from './messages/en.json' with { type: 'json' };
import type { Schema } from './schema.ts';

/** That each schema is a good one, and can be compiled, is tested (schemas.test.ts); to see it again would take a tenth of a service's start. */
const trusted = { validateSchema: false } as const;

const strict = onDemand(() => new Ajv({ strict: true, allowUnionTypes: true, ...trusted }));

/** Compiles a schema when it is first asked for. */
const compiling = <T>(schema: Schema): (() => ValidateFunction<T>) =>
  onDemand(() => strict().compile<T>(schema as object));

function onDemand<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Checks a value against its schema and gives it back typed. */
export type Parser<T> = (value: unknown) => T;

/**
 * Makes a parser of a schema, which is compiled with the first value: a service's first answer needs few of them.
 *
 * @throws {AppError} `invalid_argument`, from the parser, naming the field and the reason.
 */
export function parser<T>(schema: Schema): Parser<T> {
  const compiled = compiling<T>(schema);
  return (value) => {
    const validate = compiled();
    if (validate(value)) return value;
    throw refusal(validate.errors?.[0]);
  };
}

/** Says in one English line what is wrong with a value, or undefined when nothing is: for logs, tests and dead letters. */
export function checker(schema: Schema): (value: unknown) => string | undefined {
  const compiled = compiling(schema);
  return (value) => {
    const validate = compiled();
    return validate(value) ? undefined : strict().errorsText(validate.errors);
  };
}

/**
 * Makes values of the types that a schema says out of texts, with its defaults for what is left out; or one English line for each that is
 * missing or wrong, all at once.
 */
export function readTexts<T>(
  schema: object,
  texts: Readonly<Record<string, string | undefined>>,
): { readonly values: T } | { readonly problems: readonly string[] } {
  const values = { ...texts };
  // Used once, so better code would take longer to make than to run.
  const code = { optimize: false };
  const coercing = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, code, ...trusted });
  if (coercing.validate<T>(schema, values)) return { values };
  return {
    problems: (coercing.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath.slice(1) || 'settings'}: ${message}`,
    ),
  };
}

/**
 * The reason is looked for by the field's name first (`field.slug`), since such a text can say all that the field takes;
 * then by the schema's word that was broken (`broken.type`).
 */
function refusal(error: ErrorObject | undefined): AppError {
  const steps = error?.instancePath.split('/').slice(1) ?? [];
  const inner = error?.params.missingProperty ?? error?.params.additionalProperty;
  const field = [...steps, ...(inner === undefined ? [] : [inner])].join('/');
  if (field === '') return new AppError('invalid_argument', 'not_an_object');
  const byName = `field.${[...steps].reverse().find((step) => !/^[0-9]+$/.test(step))}`;
  const byWord = `broken.${error?.keyword}`;
  const key = [byName, byWord].find((candidate) => Object.hasOwn(en, candidate) && inner === undefined);
  const fallback = Object.hasOwn(en, byWord) ? byWord : 'broken.other';
  return new AppError('invalid_argument', (key ?? fallback) as MessageKey, { field });
}
