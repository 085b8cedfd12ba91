import en from './messages/en.json' with { type: 'json' };

/** The two manners of error body: `pyfarm` for `/api/v1`, `vridlo` for `/v1`. */
export type Dialect = 'pyfarm' | 'vridlo';

/** Which manner an address answers in. */
export const dialectOf = (path: string): Dialect => (/^\/v1(?:[/.]|$)/.test(path) ? 'vridlo' : 'pyfarm');

/**
 * Every stable error code with its status in each dialect and its `error_code` number in the vridlo one.
 * Codes and numbers are promised to clients; texts are not.
 */
export const errorCodes = {
  malformed: { pyfarm: 400, vridlo: 400, number: 1 },
  invalid_argument: { pyfarm: 400, vridlo: 422, number: 1 },
  not_unique: { pyfarm: 409, vridlo: 422, number: 2 },
  tls_required: { pyfarm: 422, vridlo: 422, number: 3 },
  not_found: { pyfarm: 404, vridlo: 404, number: 4 },
  token_missing: { pyfarm: 401, vridlo: 401, number: 5 },
  scope_missing: { pyfarm: 403, vridlo: 403, number: 6 },
  page_out_of_range: { pyfarm: 416, vridlo: 416, number: 7 },
  media_type: { pyfarm: 415, vridlo: 415, number: 8 },
  too_large: { pyfarm: 413, vridlo: 413, number: 9 },
  too_many_requests: { pyfarm: 429, vridlo: 429, number: 10 },
  unavailable: { pyfarm: 503, vridlo: 503, number: 11 },
  internal: { pyfarm: 500, vridlo: 500, number: 12 },
  precondition_failed: { pyfarm: 412, vridlo: 412, number: 13 },
  method_not_allowed: { pyfarm: 405, vridlo: 405, number: 14 },
  headers_too_large: { pyfarm: 431, vridlo: 431, number: 15 },
  request_timeout: { pyfarm: 408, vridlo: 408, number: 16 },
  upstream_timeout: { pyfarm: 504, vridlo: 504, number: 17 },
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof errorCodes;

/** The name of a message in the catalogues. */
export type MessageKey = keyof typeof en;

/** What a message's placeholders stand for. */
export type MessageParams = Readonly<Record<string, string | number>>;

/**
 * A failure that the client is told of. `code` decides the status, `key` and `params` the localized text, `headers` are sent
 * along (`Retry-After`, `ETag`, …). `message` is for the log only.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly key: MessageKey;
  readonly params: MessageParams;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    key: MessageKey,
    params: MessageParams = {},
    options: { cause?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(`${code}: ${key} ${JSON.stringify(params)}`, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.key = key;
    this.params = params;
    this.headers = options.headers ?? {};
  }
}

/** A dependency is away: 503, to be tried again in `seconds`. */
export const unavailable = (key: MessageKey, params: MessageParams, cause?: unknown, seconds = 1): AppError =>
  new AppError('unavailable', key, params, { cause, headers: { 'Retry-After': String(seconds) } });
