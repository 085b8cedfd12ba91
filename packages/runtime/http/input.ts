import type { IncomingMessage } from 'node:http';
import {
  AppError,
  BODY_LIMIT,
  type ObjectSchema,
  type Operation,
  type Parser,
  parser,
} from '@muster/contracts';
import { type Arguments, readArguments } from './address.ts';
import { hasBody, mediaTypeOf, parseForm, parseJson, readBody } from './body.ts';
import type { Request } from './request.ts';

/** Reads an operation's query arguments and its body. */
export type InputReader = {
  readonly query: (
    querystring: string,
    request: IncomingMessage,
  ) => Readonly<Record<string, string | number>>;
  /** A promise only where there is a body to wait for. */
  readonly input: (querystring: string, request: IncomingMessage) => Input | Promise<Input>;
};

type Input = Request['input'];

/** Prepares the reading of what an operation takes; its schemas are compiled here, once. */
export function inputReader(operation: Operation): InputReader {
  const parseQuery =
    operation.query === undefined ? undefined : parser<Record<string, string | number>>(operation.query);
  const parseBody = operation.body === undefined ? undefined : parser<unknown>(operation.body);
  const anyhow = operation.takes === 'arguments';
  return {
    query: (querystring, request) => {
      const given = readArguments(querystring);
      if (parseBody !== undefined && anyhow) return {};
      if (parseQuery === undefined) return refuseAll(given);
      const named = { ...headerArguments(operation, request), ...given };
      return parseQuery(withNumbers(operation.query as ObjectSchema, named));
    },
    input: (querystring, request) => {
      if (parseBody === undefined) return mayBring(request) ? refuseBody(request) : nothing;
      return anyhow
        ? readArgumentsAnyhow(parseBody, readArguments(querystring), request)
        : readJson(parseBody, request, operation.bodyLimit ?? BODY_LIMIT);
    },
  };
}

async function readJson(parse: Parser<unknown>, request: IncomingMessage, limit: number) {
  mediaTypeOf(request, ['json']);
  const bytes = await readBody(request, limit);
  return <T>() => parse(parseJson(bytes)) as T;
}

/** Arguments of the query and of the body, which wins; a blank one counts as absent. */
async function readArgumentsAnyhow(parse: Parser<unknown>, query: Arguments, request: IncomingMessage) {
  let body: unknown = {};
  if (hasBody(request)) {
    const type = mediaTypeOf(request, ['json', 'form', 'multipart']);
    const bytes = await readBody(request, BODY_LIMIT);
    body =
      type === 'json'
        ? parseJson(bytes)
        : await parseForm(bytes, type, request.headers['content-type'] ?? '');
  }
  return <T>() => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return parse(body) as T;
    const given = Object.entries({ ...query, ...body }).filter(
      ([, value]) => value !== null && !isBlank(value),
    );
    return parse(Object.fromEntries(given)) as T;
  };
}

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';

const nothing = <T>() => ({}) as T;

const mayBring = (request: IncomingMessage): boolean =>
  request.method !== 'GET' && request.method !== 'HEAD' && hasBody(request);

/** A body where none is taken is read and refused, except an empty JSON object, which some clients always send. */
async function refuseBody(request: IncomingMessage) {
  const type = mediaTypeOf(request, ['json', 'form']);
  const bytes = await readBody(request, BODY_LIMIT);
  const value = type === 'json' ? parseJson(bytes) : await parseForm(bytes, type, '');
  if (typeof value !== 'object' || value === null || Object.keys(value).length > 0) {
    throw new AppError('invalid_argument', 'body_not_taken');
  }
  return nothing;
}

function refuseAll(named: Arguments): Readonly<Record<string, string>> {
  const [field] = Object.keys(named);
  if (field === undefined) return {};
  throw new AppError('invalid_argument', 'broken.additionalProperties', { field });
}

function headerArguments(operation: Operation, { headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [header, name] of Object.entries(operation.headerArguments ?? {})) {
    const value = headers[header];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

/** Whole numbers, where the schema asks for one; any other text is left for the schema to refuse. */
function withNumbers(schema: ObjectSchema, named: Record<string, string>): Record<string, string | number> {
  const convert = ([name, value]: [string, string]) => {
    const wanted = schema.properties[name];
    const isInteger = typeof wanted === 'object' && 'type' in wanted && wanted.type === 'integer';
    return [name, isInteger && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value];
  };
  return Object.fromEntries(Object.entries(named).map(convert));
}
