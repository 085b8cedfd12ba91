import type { IncomingMessage } from 'node:http';
import { AppError, type Operation, unavailable } from '@muster/contracts';
import type { Authorise } from '../tokens/authorise.ts';
import type { Answer } from './answer.ts';
import { withinDeadline } from './deadline.ts';
import { type Freshness, knownAsOf } from './freshness.ts';
import { inputReader } from './input.ts';
import type { Peer } from './peer.ts';
import { type PollLimit, pollLimit } from './poll_limit.ts';
import type { KeepAnswer, ReadyAnswers } from './ready_answers.ts';
import type { Request } from './request.ts';
import type { Trace } from './tracing.ts';

/** Does what an operation says, and answers. */
export type Handler = (request: Request) => Promise<Answer>;

/**
 * What guards every operation of a service. `pollLimit` is in requests a minute and client, 0 for none; `mayWrite` is false until
 * the service has set itself up, which reads need not wait for; `freshness` is that of the read model which operations with `tellsLag` rest on; `ready` keeps the
 * answers of operations that are `keepable`.
 */
export type Guards = {
  readonly authorise: Authorise;
  readonly requireTls: boolean;
  readonly pollLimit: number;
  readonly mayWrite: () => boolean;
  readonly freshness?: Freshness | undefined;
  readonly ready?: ReadyAnswers | undefined;
};

/** A request of one operation, its address taken apart and cleaned. */
export type Asked = Pick<Request, 'params' | 'path'> & {
  readonly request: IncomingMessage;
  readonly peer: Peer;
  readonly traceparent: string;
  readonly querystring: string;
};

/**
 * What was begun: the answer to come, within its deadline; as of when (epoch ms) the read model is known to be that it rests on; and what
 * keeps the answer, where that is done.
 */
export type Work = {
  readonly answer: Promise<Answer>;
  readonly asOf: number | undefined;
  readonly keep: KeepAnswer | undefined;
};

/** Requests that were begun before koa had them, each in which trace, and when on the clock of `performance.now()`. */
export type Begun = WeakMap<
  IncomingMessage,
  { readonly work: Promise<Work>; readonly trace: Trace; readonly started: number }
>;

/** Begins what is asked. @throws {AppError} why it is refused before its handler has seen it. */
export type Begin = (asked: Asked) => Promise<Work>;

/** An operation that can be begun, and the limit of how often a client may ask for it. */
export type Bound = {
  readonly operation: Operation;
  readonly limit: PollLimit | undefined;
  readonly begin: Begin;
};

/**
 * Binds an operation to its handler, by way of all that comes before that: TLS, rate, token, what it takes, how fresh. The order is
 * promised: who may not write is told so before anything is said of the body.
 */
export function bindOperation(operation: Operation, handler: Handler, guards: Guards): Bound {
  const reader = inputReader(operation);
  const limit = operation.polled ? pollLimit(guards.pollLimit) : undefined;
  const { scope } = operation;
  const { authorise, requireTls, mayWrite, ready } = guards;
  const freshness = operation.tellsLag ? guards.freshness : undefined;

  const begin: Begin = async ({ request, peer, traceparent, params, path, querystring }) => {
    if (requireTls && !peer.secure) throw new AppError('tls_required', 'tls_required');
    if (scope !== undefined && !mayWrite()) throw unavailable('not_ready', {});
    const waits = limit?.(peer.address);
    if (waits !== undefined) await waits;
    const { headers } = request;
    const bearer = { authorization: headers.authorization, client: peer.address };
    const by = scope === undefined ? null : await authorise(bearer, scope);
    const query = reader.query(querystring, request);
    const taken = reader.input(querystring, request);
    const input = taken instanceof Promise ? await taken : taken;
    const asOf = freshness && knownAsOf(headers, freshness);
    const keep = operation.keepable ? ready?.reading() : undefined;
    const written = scope === undefined ? undefined : ready?.writing();
    const ifMatch = headers['if-match'];
    const work = handler({ params, query, input, ifMatch, path, origin: { by, traceparent } });
    return { answer: withinDeadline(written === undefined ? work : work.finally(written)), asOf, keep };
  };
  return { operation, limit, begin };
}
