import { type Dialect, dialectOf, type ErrorCode, errorCodes } from './errors.ts';
import { type Operation, refusalsOf } from './operations/operation.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** One response of an operation: its body's schema by media type, absent where there is no body. */
export type OpenApiResponse = {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
};

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

const header = (description: string) => ({ description, schema: { type: 'string' } });

/** The header fields that tell a client something, described once for the whole document. */
export const describedHeaders = {
  'X-Request-Id': header("The request's id: the client's own where it is fit, else a new one."),
  ETag: header("The record's revision, a strong ETag."),
  Link: header('The pages around this one (RFC 8288): rel="next" and others.'),
  'Content-Range': header('Which of how many: items a-b/n.'),
  'Cache-Control': header('How long the answer may be kept.'),
  Location: header('The address of the record.'),
  'WWW-Authenticate': header('Bearer.'),
  'Retry-After': header('Seconds after which to try again.'),
  'Content-Language': header('The language of the text.'),
  'Farm-Refs-Lag-Ms': {
    description:
      'How far the copies of agents, jobs and assemblers may be behind their owners, in whole milliseconds: what an owner acknowledged longer ago than this before the answer is in it. While nothing is known: the time since 1970.',
    schema: { type: 'integer', minimum: 0 },
  },
} as const;

type HeaderName = keyof typeof describedHeaders;

const LAG: HeaderName = 'Farm-Refs-Lag-Ms';

/** What is refused before the read model is looked at says nothing of it. */
const tellsLagWith = ({ tellsLag = false }: Operation, status: number): boolean => tellsLag && status === 404;

const headersOfRefusal: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  412: ['ETag'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** The schema of an error's body in an API's own manner, when the failure is one of `codes`. */
export function errorBodySchema(dialect: Dialect, codes: readonly ErrorCode[]): ObjectSchema {
  const text = { type: 'string', minLength: 1 } as const;
  return dialect === 'vridlo'
    ? closed({ error_code: { type: 'integer', enum: numbersOf(codes) }, message: text })
    : closed({ error: text, code: { type: 'string', enum: [...codes] } });
}

/** The schema of the same error as an RFC 9457 problem, which may have further members. */
export function problemSchema(status: number, codes: readonly ErrorCode[]): ObjectSchema {
  return {
    ...closed({
      type: { type: 'string', maxLength: 255 },
      title: { type: 'string', minLength: 1 },
      status: { type: 'integer', const: status },
      code: { type: 'string', enum: [...codes] },
      error_code: { type: 'integer', enum: numbersOf(codes) },
    }),
    additionalProperties: true,
  };
}

/** The responses of an operation that does what it was asked, and of a read that finds nothing new. */
export function successResponses(operation: Operation): Record<string, OpenApiResponse> {
  const responses: Record<string, OpenApiResponse> = {};
  for (const [status, { description, schema }] of Object.entries(operation.successes)) {
    responses[status] = {
      description,
      headers: references(headersOfSuccess(operation, Number(status))),
      ...(schema === undefined ? {} : { content: { [JSON_TYPE]: { schema } } }),
    };
  }
  if (operation.method === 'GET') {
    responses[304] = {
      description: 'Unchanged since the ETag that `If-None-Match` names.',
      headers: references(headersOfSuccess(operation, 304)),
    };
  }
  return responses;
}

/**
 * The responses of an operation that refuses, each with its status and a name that equal ones share. Several codes can share
 * a status: the body then names any one of them.
 */
export function refusalResponses(
  operation: Operation,
): { name: string; status: number; response: OpenApiResponse }[] {
  const dialect = dialectOf(operation.path);
  const byStatus = Map.groupBy(refusalsOf(operation), (code) => errorCodes[code][dialect]);
  return [...byStatus].map(([status, codes]) => ({
    name: [dialect, ...codes, ...(tellsLagWith(operation, status) ? ['lag'] : [])].join('.'),
    status,
    response: {
      description: `Refused: ${codes.join(', ')}.`,
      headers: references([
        'X-Request-Id',
        'Content-Language',
        ...(headersOfRefusal[status] ?? []),
        ...(tellsLagWith(operation, status) ? [LAG] : []),
      ]),
      content: {
        [JSON_TYPE]: { schema: errorBodySchema(dialect, codes) },
        [PROBLEM_TYPE]: { schema: problemSchema(status, codes) },
      },
    },
  }));
}

function headersOfSuccess({ method, query, polled, tellsLag }: Operation, status: number): HeaderName[] {
  const names: HeaderName[] = ['X-Request-Id'];
  const isPage = method === 'GET' && query !== undefined && status !== 304;
  if (status !== 204) names.push('ETag');
  if (polled) names.push('Cache-Control');
  if (isPage) names.push('Link');
  if (isPage && query.properties.page !== undefined) names.push('Content-Range');
  if (status === 201) names.push('Location');
  if (tellsLag) names.push(LAG);
  return names;
}

const references = (names: readonly HeaderName[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const numbersOf = (codes: readonly ErrorCode[]): number[] => [
  ...new Set(codes.map((code) => errorCodes[code].number)),
];

const closed = (properties: Readonly<Record<string, Schema>>): ObjectSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
