import type { ServerResponse } from 'node:http';
import { AppError } from '@muster/contracts';
import type { Context, Middleware } from 'koa';
import type { Logger } from '../process/log.ts';
import { requestSeconds } from '../process/metrics.ts';
import type { Begun } from './begin_operation.ts';
import type { Peer } from './peer.ts';
import { renderError } from './render_error.ts';
import { type Trace, traceOf } from './tracing.ts';

/** Turns a driver's error into one that the client may be told, or leaves it undefined. */
export type Translate = (error: unknown) => AppError | undefined;

/** What the outermost layer leaves for the inner ones. */
export type Observed = Trace & { operation: string; started: number; readonly peer: Peer };

/** What the outermost layer needs. */
export type ObserveDeps = {
  readonly log: Logger;
  readonly translate: Translate;
  readonly peerOf: (request: Context['req']) => Peer;
};

/**
 * The outermost layer: gives the request its ids, those in which it was `begun` if it was, turns whatever is thrown into the error body of
 * its API, measures and logs. Failures that are not the client's are logged with their cause; nothing of that is answered.
 */
export function observe({ log, translate, peerOf }: ObserveDeps, begun: Begun): Middleware<Observed> {
  return async (ctx, next) => {
    const early = begun.get(ctx.req);
    const { requestId, traceparent } = early?.trace ?? traceOf(ctx.headers);
    const peer = peerOf(ctx.req);
    const started = early?.started ?? performance.now();
    ctx.state = { requestId, traceparent, operation: 'none', started, peer };
    ctx.set('X-Request-Id', requestId);
    ctx.set('traceparent', traceparent);
    try {
      await next();
    } catch (thrown) {
      answerError(ctx, translate(thrown) ?? thrown, { log, requestId });
    }
    whenSent(ctx.res, () => {
      const { method, url, status } = ctx;
      const { operation, started } = ctx.state;
      noteAnswer({ requestId, method, url, status, operation, started }, log);
    });
  };
}

/** Measures one answer, and logs it without its query; `started` on the clock of `performance.now()`. */
export function noteAnswer(
  answer: {
    readonly requestId: string;
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly operation: string;
    readonly started: number;
  },
  log: Logger,
): void {
  const { requestId, method, url, operation, status, started } = answer;
  const seconds = (performance.now() - started) / 1_000;
  requestSeconds.observe({ operation, status }, seconds);
  if (!log.isLevelEnabled('debug')) return;
  const [path] = url.split('?', 1);
  log.debug({ requestId, method, path, operation, status, seconds }, 'answered');
}

const whenSent = (response: ServerResponse, then: () => void): void => void response.once('close', then);

function answerError(
  ctx: Context,
  error: unknown,
  { log, requestId }: { log: Logger; requestId: string },
): void {
  const { status, headers, body } = renderError(error, {
    path: ctx.path,
    accept: ctx.headers.accept,
    acceptLanguage: ctx.headers['accept-language'],
    requestId,
  });
  const at = { requestId, method: ctx.method, path: ctx.path };
  if (!(error instanceof AppError)) log.error({ err: error, ...at }, 'failed');
  else if (status >= 500) log.warn({ reason: error.message, err: error.cause, ...at }, 'refused');
  ctx.remove('ETag');
  ctx.remove('Cache-Control');
  ctx.status = status;
  const { Vary, ...others } = headers;
  ctx.set(others);
  ctx.vary(Vary ?? []);
  ctx.body = body;
}
