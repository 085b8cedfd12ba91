import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderError, type Trace, traceOf } from '@muster/runtime/http';

/** One request and its answer, with what is known of it from the start. */
export type Exchange = Trace & {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The address with its query, as it was sent. */
  readonly target: string;
  /** The address alone, as it was sent. */
  readonly path: string;
};

/** Begins an exchange. An address in absolute form (RFC 9112, 3.2.2) is taken without its origin. */
export function openExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const url = request.url ?? '/';
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const query = target.indexOf('?');
  const { requestId, traceparent } = traceOf(request.headers);
  return {
    request,
    response,
    method: request.method ?? 'GET',
    target,
    path: query < 0 ? target : target.slice(0, query),
    requestId,
    traceparent,
  };
}

/** Answers with a failure in the manner of the API that was asked; does nothing once an answer has begun. */
export function refuse({ request, response, path, requestId, traceparent }: Exchange, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const { accept, 'accept-language': acceptLanguage } = request.headers;
  const { status, headers, body } = renderError(error, { path, accept, acceptLanguage, requestId });
  response.writeHead(status, {
    ...headers,
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    traceparent,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Answers with a body of the gateway's own. */
export function answer(
  { response, requestId, traceparent }: Exchange,
  { status, type, body }: { status: number; type: string; body: string },
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    traceparent,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
