import { AppError, dialectOf, errorCodes } from '@muster/contracts';
import Negotiator from 'negotiator';
import { message, negotiateLanguage } from './language.ts';

/** What decides the form of an error: the address, what the client accepts, and the id that an operator can look for. */
export type ErrorContext = {
  readonly path: string;
  readonly accept: string | undefined;
  readonly acceptLanguage: string | undefined;
  readonly requestId: string;
};

/** A rendered error, ready to be written. */
export type RenderedError = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const PROBLEM = 'application/problem+json';

/**
 * Renders any failure in the manner of the API that was asked, in the client's language, or as an RFC 9457 problem where the
 * client prefers that. What is no `AppError` becomes `internal`, and nothing of it is shown.
 */
export function renderError(error: unknown, context: ErrorContext): RenderedError {
  const known =
    error instanceof AppError
      ? error
      : new AppError('internal', 'internal', { request: context.requestId }, { cause: error });
  const dialect = dialectOf(context.path);
  const entry = errorCodes[known.code];
  const status = entry[dialect];
  const language = negotiateLanguage(context.acceptLanguage);
  const text = message(known.key, known.params, language);
  const asProblem = prefersProblem(context.accept);
  const inManner =
    dialect === 'vridlo' ? { error_code: entry.number, message: text } : { error: text, code: known.code };
  const problem = {
    type: `urn:muster:error:${known.code}`,
    title: text,
    status,
    code: known.code,
    error_code: entry.number,
  };
  return {
    status,
    headers: {
      'Content-Type': asProblem ? PROBLEM : 'application/json',
      'Content-Language': language,
      Vary: 'Accept-Language, Accept',
      'Cache-Control': 'no-store',
      ...known.headers,
    },
    body: JSON.stringify(asProblem ? problem : inManner),
  };
}

function prefersProblem(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes('problem')) return false;
  return new Negotiator({ headers: { accept } }).mediaType(['application/json', PROBLEM]) === PROBLEM;
}
