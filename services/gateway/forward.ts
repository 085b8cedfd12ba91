import { Readable } from 'node:stream';
import { AppError, unavailable } from '@muster/contracts';
import type { Logger } from '@muster/runtime/process';
import { type Attempt, startAttempt } from './attempt.ts';
import { type Exchange, refuse } from './exchange.ts';
import { answerHeaders, DRAINING, requestHeaders, type Told } from './headers.ts';
import type { Instance } from './instance.ts';
import { retries } from './metrics.ts';
import { bodyKind, readWhole, streamedBody } from './request_body.ts';
import type { RetryBudget } from './retry_budget.ts';
import type { Upstream } from './upstream.ts';

/** What forwarding needs beside the request: who the client is, the budget, the log, and the patience in ms. */
export type ForwardDeps = {
  readonly clientOf: (request: Exchange['request']) => Told['client'];
  readonly budget: RetryBudget;
  readonly log: Logger;
  readonly deadlineMs: number;
  readonly drainMs?: number;
};

const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);
const clientGone = new Error('the client has gone');
const tooSlow = new Error('the service did not answer in time');
const unwanted = new Error('the answer is not wanted any more');

/** Has a service answer a request, once its body is there when it is a small one. */
export function forward(exchange: Exchange, upstream: Upstream, deps: ForwardDeps): void {
  const { request } = exchange;
  const kind = bodyKind(request);
  if (kind === 'none') send(exchange, null, upstream, deps);
  else if (kind === 'whole') readWhole(request, (body) => send(exchange, body, upstream, deps));
  else send(exchange, streamedBody(request), upstream, deps);
}

/**
 * Sends a request, once more when that cannot do harm and the budget allows it: when nothing was sent, or when it is repeatable
 * and has no body. The deadline counts to the beginning of the answer and is for both tries together.
 */
function send(
  exchange: Exchange,
  body: Buffer | Readable | null,
  upstream: Upstream,
  deps: ForwardDeps,
): void {
  const { request, response, method, target, requestId, traceparent } = exchange;
  const { service } = upstream;
  const streamed = body instanceof Readable ? body : undefined;
  const told = {
    requestId,
    traceparent,
    client: deps.clientOf(request),
    contentLength: streamed === undefined ? undefined : request.headers['content-length'],
  };
  const message = { method, target, headers: requestHeaders(request, told), body };
  let instance: Instance | undefined;
  let attempt: Attempt | undefined;
  let tries = 0;
  let everSent = false;
  let answering = false;
  let over = false;

  const finish = (error: AppError) => {
    over = true;
    clearTimeout(deadline);
    refuse(exchange, error);
  };
  // A write that the service may have seen is not called refused: whether it was done is not known.
  const away = (cause?: Error) =>
    everSent && !safe.has(method)
      ? new AppError('upstream_timeout', 'service_timeout', { service }, { cause })
      : unavailable(
          'service_unavailable',
          { service, seconds: upstream.waitSeconds() },
          cause,
          upstream.waitSeconds(),
        );

  const tryOnce = () => {
    instance = upstream.choose(instance);
    if (instance === undefined) return finish(away());
    tries += 1;
    attempt = startAttempt(instance.pool, message, response, {
      answering(status, headers) {
        instance?.breaker.succeeded();
        if (headers[DRAINING] !== undefined) instance?.leaves();
        // The first try may have done it, and the second found nothing left to do.
        if (tries > 1 && everSent && !safe.has(method) && status >= 400) {
          finish(away());
          attempt?.abort(unwanted);
          return undefined;
        }
        answering = true;
        clearTimeout(deadline);
        return answerHeaders(headers, exchange);
      },
      failed,
      drainMs: deps.drainMs,
    });
  };
  const failed = (error: Error, sent: boolean) => {
    if (over) return;
    everSent ||= sent;
    const { code } = error as NodeJS.ErrnoException;
    if (isOurs(code)) {
      instance?.breaker.abandoned();
      return finish(new AppError('malformed', 'malformed_request', {}, { cause: error }));
    }
    blame(error);
    const harmless = !sent || (body === null && repeatable.has(method));
    if (tries > 1 || !harmless || !deps.budget.take()) return finish(away(error));
    retries.inc({ service });
    tryOnce();
  };
  const blame = (error: Error) => {
    if (instance === undefined) return;
    const { origin, breaker } = instance;
    const before = breaker.state();
    breaker.failed();
    const opens = breaker.state() === 'open' && before !== 'open';
    deps.log[opens ? 'warn' : 'debug'](
      { reason: error.message, service, origin, requestId, opens },
      'instance failed',
    );
  };
  const late = () => {
    // While the client is still sending, it is the client's time that runs out, not the service's.
    if (streamed !== undefined && !request.complete && !request.isPaused()) return void deadline.refresh();
    blame(tooSlow);
    finish(new AppError('upstream_timeout', 'service_timeout', { service }));
    attempt?.abort(tooSlow);
  };
  const deadline = setTimeout(late, deps.deadlineMs);
  if (streamed !== undefined) {
    request.once('end', () => {
      if (!over && !answering) deadline.refresh();
    });
  }
  response.on('close', () => {
    clearTimeout(deadline);
    streamed?.destroy();
    if (response.writableFinished || over) return;
    over = true;
    if (!answering) instance?.breaker.abandoned();
    attempt?.abort(clientGone);
  });
  deps.budget.requested();
  tryOnce();
}

/** Undici would not send such a request, so the fault is in the request. */
const isOurs = (code: string | undefined): boolean =>
  code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED';
