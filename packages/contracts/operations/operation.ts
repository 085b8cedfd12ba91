import type { ErrorCode } from '../errors.ts';
import type { ObjectSchema, Schema } from '../schema.ts';

/** The rights that a token may hold, each for the writes to one resource. */
export const SCOPES = [
  'agents:write',
  'jobs:write',
  'tags:write',
  'assemblers:write',
  'source_paths:write',
] as const;

/** A right that a token may hold. */
export type Scope = (typeof SCOPES)[number];

/** The services that answer HTTP operations. */
export type ServiceName = 'tags' | 'assemblers' | 'registry';

/** What an operation answers when it does what it was asked: in words, and as a schema where there is a body. */
export type Success = { readonly description: string; readonly schema?: Schema };

/**
 * One HTTP operation. `path` is an OpenAPI template; `alsoAt` are further spellings of the same address. Reads have no
 * `scope`. `takes` says how arguments arrive: as a JSON body, or anyhow (`arguments`: query, form or JSON, the body wins).
 * `headerArguments` maps request header fields to query arguments, which win over them. `tellsLag`: the answer rests on copies of
 * other owners' records; it says how far they may be behind, and `Prefer: refs=fresh` is heeded. `keepable`: the answer is the same
 * for all who ask, until a record of the service changes.
 */
export type Operation = {
  readonly id: string;
  readonly service: ServiceName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly alsoAt?: readonly string[];
  readonly summary: string;
  readonly scope?: Scope;
  readonly query?: ObjectSchema;
  readonly headerArguments?: Readonly<Record<string, string>>;
  readonly body?: ObjectSchema;
  readonly takes?: 'json' | 'arguments';
  readonly bodyLimit?: number;
  readonly polled?: boolean;
  readonly tellsLag?: boolean;
  readonly keepable?: boolean;
  readonly successes: Readonly<Record<number, Success>>;
  readonly refusals: readonly ErrorCode[];
};

/** The body limit of most operations, in bytes. */
export const BODY_LIMIT = 64 * 1024;

/** The body limit of those that take long lists, in bytes. */
export const LONG_BODY_LIMIT = 1024 * 1024;

/** Refusals that any operation may give, whatever it does. */
export const COMMON_REFUSALS = [
  'malformed',
  'invalid_argument',
  'tls_required',
  'request_timeout',
  'too_many_requests',
  'headers_too_large',
  'internal',
  'unavailable',
  'upstream_timeout',
] as const satisfies readonly ErrorCode[];

/** Refusals that every write may give besides. */
export const WRITE_REFUSALS = [
  'token_missing',
  'scope_missing',
  'precondition_failed',
] as const satisfies readonly ErrorCode[];

/** Refusals of operations that take a body. */
export const BODY_REFUSALS = ['media_type', 'too_large'] as const satisfies readonly ErrorCode[];

/** Everything that an operation may refuse with, by code. */
export function refusalsOf(operation: Operation): ErrorCode[] {
  const codes: ErrorCode[] = [...COMMON_REFUSALS, ...operation.refusals];
  if (operation.scope !== undefined) codes.push(...WRITE_REFUSALS);
  if (operation.method !== 'GET') codes.push(...BODY_REFUSALS);
  return [...new Set(codes)];
}

/** The arguments of a list that is read in pages by the last id seen, of which `after` is the schema. */
export const cursorQuery = <const S extends Schema>(after: S) =>
  ({
    type: 'object',
    properties: { limit: { type: 'integer', minimum: 1, maximum: 1000 }, after },
    additionalProperties: false,
  }) as const satisfies ObjectSchema;

/** An integer id as an argument gives it. */
export const integerText = { type: 'string', minLength: 1, maxLength: 64, pattern: '^[0-9]+$' } as const;

/** The arguments of a list that is read in numbered pages, and the header fields that stand for them. */
export const pageQuery = {
  type: 'object',
  properties: {
    per_page: { type: 'integer', minimum: 1, maximum: 50 },
    page: { type: 'integer', minimum: 1, maximum: 1_000_000_000 },
  },
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The header fields that may stand for the arguments of `pageQuery`. */
export const pageHeaders = { 'per-page': 'per_page', per_page: 'per_page', page: 'page' } as const;
