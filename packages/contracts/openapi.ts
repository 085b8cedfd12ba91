import { describedInput } from './openapi_input.ts';
import {
  describedHeaders,
  type OpenApiResponse,
  refusalResponses,
  successResponses,
} from './openapi_responses.ts';
import type { Operation } from './operations/operation.ts';

export { errorBodySchema, problemSchema } from './openapi_responses.ts';

/** What an OpenAPI document says about itself. */
export type OpenApiInfo = {
  readonly title: string;
  readonly version: string;
  readonly servers?: readonly { readonly url: string; readonly description?: string }[];
};

/** One operation of an OpenAPI document. Its successes stand in it; its refusals are references, since most share them. */
export type OpenApiOperation = {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, OpenApiResponse | { readonly $ref: string }>>;
  readonly [word: string]: unknown;
};

/** An OpenAPI 3.1 document, ready to be written as JSON. Schemas stand where they are used, without references. */
export type OpenApiDocument = {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly object[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly securitySchemes: object;
    readonly headers: object;
    readonly responses: Readonly<Record<string, OpenApiResponse>>;
  };
};

const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'];

const about = [
  'Every GET answers HEAD too, and every address answers OPTIONS; a method that an address lacks gets 405 with `Allow`.',
  'Further spellings of an address are named in `x-also-at`.',
  'Error codes are stable, error texts are not; they follow `Accept-Language`.',
].join(' ');

const bearer = {
  type: 'http',
  scheme: 'bearer',
  description: 'An opaque token (`muster_…`) or a JWT that holds the scope named.',
};

const pathArguments: Readonly<Record<string, string>> = {
  tag: 'A tag, by its name or its integer id. A slash in a name is written %2F.',
  slug: 'The slug of an assembler.',
  id: 'The id of a record.',
};

/** Describes operations as an OpenAPI 3.1 document: arguments, bodies, every success and every refusal with its codes. */
export function openApiDocument(operations: readonly Operation[], info: OpenApiInfo): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const responses: Record<string, OpenApiResponse> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = { ...item, [operation.method.toLowerCase()]: describe(operation) };
    for (const { name, response } of refusalResponses(operation)) responses[name] = response;
  }
  return {
    openapi: '3.1.1',
    info: { title: info.title, version: info.version, description: about },
    servers: info.servers ?? [{ url: '/' }],
    tags: [...new Set(operations.map(({ service }) => service))].map((name) => ({ name })),
    paths,
    components: { securitySchemes: { bearer }, headers: describedHeaders, responses },
  };
}

/** The response that a document promises for an operation and a status, its reference followed; undefined when it promises none. */
export function promisedResponse(
  document: OpenApiDocument,
  { path, method }: Pick<Operation, 'path' | 'method'>,
  status: number,
): OpenApiResponse | undefined {
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
  if (response === undefined || !('$ref' in response)) return response;
  return document.components.responses[response.$ref.slice('#/components/responses/'.length)];
}

function describe(operation: Operation): OpenApiOperation {
  const { alsoAt, scope } = operation;
  const refusals = refusalResponses(operation).map(
    ({ status, name }) => [status, { $ref: `#/components/responses/${name}` }] as const,
  );
  return {
    operationId: operation.id,
    tags: [operation.service],
    summary: operation.summary,
    ...(alsoAt === undefined ? {} : { 'x-also-at': alsoAt }),
    ...(scope === undefined ? {} : { security: [{ bearer: [scope] }] }),
    parameters: parametersOf(operation),
    ...requestBodyOf(operation),
    responses: { ...successResponses(operation), ...Object.fromEntries(refusals) },
  };
}

const prefer = {
  name: 'Prefer',
  in: 'header',
  description:
    'refs=fresh: answer only from copies that are within the bound of freshness, else 503. Honoured, it is named in Preference-Applied.',
  schema: { type: 'string' },
};

function parametersOf(operation: Operation): object[] {
  const { query, body, takes, headerArguments, method, tellsLag } = operation;
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: pathArguments[name] ?? `The ${name} of a record.`,
    schema: describedInput({ type: 'string', minLength: 1 }),
  }));
  const asQuery = { ...query?.properties, ...(takes === 'arguments' ? body?.properties : {}) };
  const inQuery = Object.entries(asQuery).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query?.required?.includes(name) ?? false,
    schema: describedInput(schema),
  }));
  const inHeader = Object.entries(headerArguments ?? {}).map(([name, argument]) => ({
    name,
    in: 'header',
    description: `Stands for the query argument ${argument}, which wins over it.`,
    schema: query?.properties[argument] ?? {},
  }));
  const conditional = {
    name: method === 'GET' ? 'If-None-Match' : 'If-Match',
    in: 'header',
    schema: { type: 'string' },
  };
  return [...inPath, ...inQuery, ...inHeader, conditional, ...(tellsLag ? [prefer] : [])];
}

/** Where arguments may come as query parameters alone, the body may be left out. */
function requestBodyOf({ body, takes, bodyLimit }: Operation): object {
  if (body === undefined) return {};
  const types = ['application/json', ...(takes === 'arguments' ? FORM_TYPES : [])];
  return {
    requestBody: {
      required: takes !== 'arguments',
      ...(bodyLimit === undefined ? {} : { description: `At most ${bodyLimit} bytes.` }),
      content: Object.fromEntries(types.map((type) => [type, { schema: describedInput(body) }])),
    },
  };
}
