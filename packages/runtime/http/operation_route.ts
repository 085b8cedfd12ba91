import { Readable } from 'node:stream';
import type { Operation } from '@muster/contracts';
import type { Context } from 'koa';
import { type Answer, bodyText, entityTag, namesTag } from './answer.ts';
import type { Asked, Begun, Bound } from './begin_operation.ts';
import { cleanText } from './clean.ts';
import { LAG_FIELD, lagSince, wantsFresh } from './freshness.ts';
import type { Observed } from './observe.ts';

type RouteContext = Context & { state: Observed; params: Record<string, string> };
type Keep = (body: string) => void;

/** The way of a request through one operation as koa has it: begun, unless it was already, and answered. */
export function operationRoute({ operation, limit, begin }: Bound, begun: Begun) {
  return async (ctx: RouteContext): Promise<void> => {
    ctx.state.operation = operation.id;
    if (operation.tellsLag) ctx.vary('Prefer');
    const { answer, asOf, keep } = await (begun.get(ctx.req)?.work ?? begin(askedBy(ctx)));
    if (asOf !== undefined && wantsFresh(ctx.headers)) ctx.set('Preference-Applied', 'refs=fresh');
    try {
      await write(ctx, operation, await answer, (body) =>
        keep?.(ctx, { operation: operation.id, limit, body }),
      );
    } finally {
      if (asOf !== undefined) ctx.set(LAG_FIELD, lagSince(asOf));
    }
  };
}

const askedBy = ({ req, state, params, path, querystring }: RouteContext): Asked => ({
  request: req,
  peer: state.peer,
  traceparent: state.traceparent,
  params: Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, cleanText(value, 'address')]),
  ),
  path,
  querystring,
});

/** How long an answer to a GET may be shown without asking again. */
export const cacheControl = ({ polled }: Operation): string => (polled ? 'public, max-age=3600' : 'no-cache');

async function write(ctx: Context, operation: Operation, answer: Answer, keep: Keep): Promise<void> {
  const { status, pieces, revision, headers } = answer;
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
  const text = bodyText(answer);
  if (text === undefined) {
    ctx.body = null;
    return;
  }
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
