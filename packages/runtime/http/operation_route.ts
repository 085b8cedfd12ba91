import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError, type Operation, unavailable } from '@muster/contracts';
import type { Context } from 'koa';
import type { Authorise } from '../tokens/authorise.ts';
import { type Answer, entityTag, namesTag } from './answer.ts';
import { cleanText } from './clean.ts';
import { withinDeadline } from './deadline.ts';
import { beginFresh, type Freshness } from './freshness.ts';
import { inputReader } from './input.ts';
import type { Observed } from './observe.ts';
import type { PollLimit } from './poll_limit.ts';
import type { ReadyAnswers } from './ready_answers.ts';
import type { Request } from './request.ts';

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

/**
 * Reads that were begun before koa had them: when, on the clock of `performance.now()`, and as of when (epoch ms) the read model was known to
 * be then.
 */
export type Begun = WeakMap<
  IncomingMessage,
  { readonly answer: Promise<Answer>; readonly started: number; readonly asOf: number | undefined }
>;

type RouteGuards = Guards & { readonly limit: PollLimit | undefined; readonly begun: Begun };
type RouteContext = Context & { state: Observed; params: Record<string, string> };

/**
 * The way of a request through one operation: TLS, rate, token, what it takes, the handler, the answer. The order is promised:
 * who may not write is told so before anything is said of the body.
 */
export function operationRoute(operation: Operation, handler: Handler, guards: RouteGuards) {
  const reader = inputReader(operation);
  const { freshness, limit, begun, ready } = guards;
  const lagTeller = (ctx: Context, asOf?: number) =>
    operation.tellsLag && freshness !== undefined ? beginFresh(ctx, freshness, asOf) : undefined;

  const begin = async (ctx: RouteContext) => {
    const { state, req, querystring } = ctx;
    const { peer } = state;
    if (guards.requireTls && !peer.secure) throw new AppError('tls_required', 'tls_required');
    const { scope } = operation;
    if (scope !== undefined && !guards.mayWrite()) throw unavailable('not_ready', {});
    await limit?.(peer.address);
    const bearer = { authorization: ctx.headers.authorization, client: peer.address };
    const by = scope === undefined ? null : await guards.authorise(bearer, scope);
    const query = reader.query(querystring, req);
    const request: Request = {
      params: Object.fromEntries(
        Object.entries(ctx.params).map(([name, value]) => [name, cleanText(value, 'address')]),
      ),
      query,
      input: await reader.input(querystring, req),
      ifMatch: ctx.headers['if-match'],
      path: ctx.path,
      origin: { by, traceparent: state.traceparent },
    };
    const keep = operation.keepable ? ready?.reading() : undefined;
    const written = scope === undefined ? undefined : ready?.writing();
    const tellLag = lagTeller(ctx);
    const work = handler(request);
    const answer = withinDeadline(written === undefined ? work : work.finally(written));
    return { answer, tellLag, keep };
  };

  return async (ctx: RouteContext): Promise<void> => {
    ctx.state.operation = operation.id;
    const early = begun.get(ctx.req);
    ctx.state.started = early?.started ?? ctx.state.started;
    const { answer, tellLag, keep } =
      early === undefined
        ? await begin(ctx)
        : { answer: early.answer, tellLag: lagTeller(ctx, early.asOf), keep: undefined };
    try {
      await write(ctx, operation, await answer, (body) =>
        keep?.(ctx, { operation: operation.id, limit, body }),
      );
    } finally {
      tellLag?.();
    }
  };
}

/** How long an answer to a GET may be shown without asking again. */
export const cacheControl = ({ polled }: Operation): string => (polled ? 'public, max-age=3600' : 'no-cache');

async function write(
  ctx: Context,
  operation: Operation,
  answer: Answer,
  keep: (body: string) => void,
): Promise<void> {
  const { status, body, pieces, revision, headers } = answer;
  ctx.status = status;
  if (headers !== undefined) ctx.set(headers);
  if (operation.method === 'GET') {
    ctx.set('Cache-Control', cacheControl(operation));
    if (operation.headerArguments !== undefined) ctx.vary(Object.keys(operation.headerArguments));
  }
  if (pieces !== undefined) {
    ctx.set('Content-Type', 'application/json');
    ctx.body = await startedStream(pieces);
    return;
  }
  if (body === undefined) {
    ctx.body = null;
    return;
  }
  const text = JSON.stringify(body);
  if (revision !== undefined || operation.method === 'GET') ctx.set('ETag', entityTag(text, answer));
  ctx.set('Content-Type', 'application/json');
  keep(text);
  if (operation.method === 'GET' && namesTag(ctx.get('if-none-match'), ctx.response.get('ETag'))) {
    ctx.status = 304;
    return;
  }
  ctx.body = text;
}

/** Waits for the first piece, so that a dependency that is away is still answered with 503 rather than with half a list. */
async function startedStream(pieces: AsyncIterable<string>): Promise<Readable> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const rest = async function* () {
    try {
      if (!first.done) yield first.value;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return Readable.from(rest());
}
