import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../process/log.ts';
import { namesTag } from './answer.ts';
import { strictTransport } from './hsts.ts';
import { noteAnswer } from './observe.ts';
import type { Peer } from './peer.ts';
import type { Trace } from './tracing.ts';

/**
 * An answer that lacks no more than the fields which each request has of its own. `headers` and, for a 304, `bareHeaders` are names and values
 * by turns.
 */
export type PlainAnswer = {
  readonly operation: string;
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: string;
  readonly headers: readonly string[];
  readonly bareHeaders: readonly string[];
};

/** A request on its way; `started` on the clock of `performance.now()`. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly peer: Peer;
  readonly trace: Trace;
  readonly started: number;
  readonly log: Logger;
};

/** With these the answer may be another one than without. */
const changing = ['origin', 'page', 'per-page', 'per_page', 'prefer', 'expect'];

/** Whether a request's header may ask for another answer than one without these fields. */
export const varies = (headers: IncomingHttpHeaders): boolean =>
  changing.some((name) => headers[name] !== undefined);

/** Whether a request brings a body, be it empty. */
export const bringsBody = (headers: IncomingHttpHeaders): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Sends a plain answer, or 304 to who reads what he has already, without koa. */
export function sendPlain(
  { operation, status, etag, body, headers, bareHeaders }: PlainAnswer,
  { request, response, peer, trace, started, log }: Exchange,
): void {
  const { requestId, traceparent } = trace;
  const own = ['x-request-id', requestId, 'traceparent', traceparent];
  if (peer.secure) own.push(...Object.entries(strictTransport(request.headers.host)).flat());
  const condition = request.headers['if-none-match'];
  const isKnown =
    request.method === 'GET' && condition !== undefined && etag !== undefined && namesTag(condition, etag);
  const sent = isKnown ? 304 : status;
  response.writeHead(sent, [...own, ...(isKnown ? bareHeaders : headers)]);
  if (isKnown) response.end();
  else response.end(body);
  const { method = '', url = '' } = request;
  noteAnswer({ requestId, method, url, status: sent, operation, started }, log);
}
