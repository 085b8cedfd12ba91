import type { RequestListener } from 'node:http';
import type { Operation } from '@muster/contracts';
import { type Answer, bodyText, entityTag } from './answer.ts';
import type { Begin, Begun, Bound, Work } from './begin_operation.ts';
import { LAG_FIELD, lagSince } from './freshness.ts';
import type { ObserveDeps } from './observe.ts';
import { cacheControl } from './operation_route.ts';
import { bringsBody, type PlainAnswer, sendPlain, varies } from './plain_answer.ts';
import { traceOf } from './tracing.ts';

/** One address of an operation. */
type Way = {
  readonly operation: Operation;
  readonly begin: Begin;
  readonly pattern: RegExp;
  readonly hasParts: boolean;
  readonly fields: readonly string[];
};

/** What the answering before koa needs; `fields` are set on every answer. */
type Deps = Pick<ObserveDeps, 'peerOf' | 'log'> & {
  readonly begun: Begun;
  readonly fields: Readonly<Record<string, string>>;
  readonly isFixed: (path: string) => boolean;
  readonly varyByOrigin: boolean;
};

/** A part of an address, by its name. Of these characters nothing is encoded or has to be cleaned, so it is taken as it is. */
const PART = "(?<$1>[\\w.~!$&'()*+,;=:@-]+)";

/**
 * Answers what takes nothing but its address and its body before koa, which takes as long for one as all the rest of a read; a listener
 * that leaves all else to the one given. What goes wrong on the way, what has no body and what is streamed, koa gets with what was begun.
 */
export function directAnswers(
  bound: readonly Bound[],
  deps: Deps,
): (listener: RequestListener) => RequestListener {
  const direct = bound.filter(({ operation }) => isDirect(operation)).flatMap((one) => waysOf(one, deps));
  const byMethod = Map.groupBy(direct, ({ operation }) => operation.method as string);
  const { peerOf, isFixed, begun, log } = deps;
  return (listener) => (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const found = match(byMethod.get(method) ?? [], path, isFixed);
    if (found === undefined || varies(headers) || (method === 'GET' && bringsBody(headers)))
      return listener(request, response);
    const { way, params } = found;
    const started = performance.now();
    const trace = traceOf(headers);
    const exchange = { request, response, peer: peerOf(request), trace, started, log };
    const work = way.begin({ ...exchange, params, path, querystring: '', traceparent: trace.traceparent });
    const leave = () => {
      begun.set(request, { work, trace, started });
      listener(request, response);
    };
    const send = async ({ answer, asOf }: Work) => {
      const made = await answer;
      const text = bodyText(made);
      if (text === undefined) leave();
      else sendPlain(plainAnswer(way, made, { text, asOf }), exchange);
    };
    // Also where it cannot be written: nobody else would hear of that, and the process would die of it.
    work.then(send).catch(leave);
  };
}

/** Whether all that an operation takes is its address and a body, and its answers are made anew each time. */
const isDirect = ({ query, headerArguments, keepable }: Operation): boolean =>
  query === undefined && headerArguments === undefined && keepable !== true;

function waysOf({ operation, begin }: Bound, { fields, varyByOrigin }: Deps): Way[] {
  const vary = [...(varyByOrigin ? ['Origin'] : []), ...(operation.tellsLag ? ['Prefer'] : [])].join(', ');
  const said = {
    ...fields,
    ...(operation.method === 'GET' ? { 'Cache-Control': cacheControl(operation) } : {}),
    ...(vary === '' ? {} : { Vary: vary }),
  };
  return [operation.path, ...(operation.alsoAt ?? [])].map((path) => ({
    operation,
    begin,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{([a-z_]+)\}/g, PART)}$`),
    hasParts: path.includes('{'),
    fields: Object.entries(said).flat(),
  }));
}

function match(ways: readonly Way[], path: string, isFixed: Deps['isFixed']) {
  for (const way of ways) {
    const parts = way.pattern.exec(path);
    if (parts === null) continue;
    return way.hasParts && isFixed(path) ? undefined : { way, params: parts.groups ?? {} };
  }
  return undefined;
}

function plainAnswer(
  { operation, fields }: Way,
  answer: Answer,
  { text, asOf }: Pick<Work, 'asOf'> & { readonly text: string },
): PlainAnswer {
  const isTagged = operation.method === 'GET' || answer.revision !== undefined;
  const etag = isTagged ? entityTag(text, answer) : undefined;
  const bareHeaders = [...fields];
  if (etag !== undefined) bareHeaders.push('ETag', etag);
  if (answer.headers !== undefined) bareHeaders.push(...Object.entries(answer.headers).flat());
  if (asOf !== undefined) bareHeaders.push(LAG_FIELD, lagSince(asOf));
  const headers = [
    ...bareHeaders,
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(text)),
  ];
  return { operation: operation.id, status: answer.status, etag, body: text, headers, bareHeaders };
}
