import type { RequestListener } from 'node:http';
import type { Operation } from '@muster/contracts';
import { type Answer, entityTag } from './answer.ts';
import { withinDeadline } from './deadline.ts';
import { type Freshness, lagSince } from './freshness.ts';
import type { ObserveDeps } from './observe.ts';
import { type Begun, cacheControl, type Guards, type Handler } from './operation_route.ts';
import { type Exchange, type PlainAnswer, sendPlain, varies } from './plain_answer.ts';
import type { PollLimit } from './poll_limit.ts';
import { traceOf } from './tracing.ts';

/** An operation with its handler and the limit of how often a client may ask for it. */
export type Bound = {
  readonly operation: Operation;
  readonly handler: Handler;
  readonly limit: PollLimit | undefined;
};

type Read = Bound & {
  readonly pattern: RegExp;
  readonly fields: readonly string[];
  readonly freshness: Freshness | undefined;
};

/** What the answering of reads before koa needs; `fields` are set on every answer. */
type Deps = Pick<Guards, 'requireTls' | 'freshness'> &
  Pick<ObserveDeps, 'peerOf' | 'log'> & {
    readonly begun: Begun;
    readonly fields: Readonly<Record<string, string>>;
    readonly isFixed: (path: string) => boolean;
    readonly varyByOrigin: boolean;
  };

/** A part of an address, by its name. Of these characters nothing is encoded or has to be cleaned, so it is taken as it is. */
const PART = "(?<$1>[\\w.~!$&'()*+,;=:@-]+)";

/**
 * Answers reads that take nothing but their address before koa, which takes as long for one as all the rest; a listener that leaves all
 * else to the one given. What goes wrong on the way, and what is streamed, koa gets with what was begun.
 */
export function directReads(
  bound: readonly Bound[],
  deps: Deps,
): (listener: RequestListener) => RequestListener {
  const reads = bound.filter(({ operation }) => isPlain(operation)).flatMap((one) => readsOf(one, deps));
  const { requireTls, peerOf, isFixed, begun, log } = deps;
  return (listener) => (request, response) => {
    const found = request.method === 'GET' ? match(reads, request.url ?? '', isFixed) : undefined;
    if (found === undefined || varies(request.headers)) return listener(request, response);
    const peer = peerOf(request);
    if (requireTls && !peer.secure) return listener(request, response);
    const started = performance.now();
    const exchange = { request, response, peer, trace: traceOf(request.headers), started, log };
    const { read } = found;
    const asOf = read.freshness?.asOf();
    const answer = withinDeadline(begin(found, exchange));
    const leave = () => {
      begun.set(request, { answer, started, asOf });
      listener(request, response);
    };
    const send = (made: Answer) => {
      if (made.status !== 200 || made.body === undefined || made.headers !== undefined) leave();
      else sendPlain(plainAnswer(read, made, asOf), exchange);
    };
    // Also where it cannot be written: nobody else would hear of that, and the process would die of it.
    answer.then(send).catch(leave);
  };
}

/** Whether all that an operation takes is its address. */
const isPlain = ({ method, scope, query, headerArguments, keepable }: Operation): boolean =>
  method === 'GET' &&
  scope === undefined &&
  query === undefined &&
  headerArguments === undefined &&
  keepable !== true;

function readsOf(bound: Bound, { fields, varyByOrigin, freshness }: Deps): Read[] {
  const { operation } = bound;
  const vary = [...(varyByOrigin ? ['Origin'] : []), ...(operation.tellsLag ? ['Prefer'] : [])].join(', ');
  const said = {
    ...fields,
    'Cache-Control': cacheControl(operation),
    ...(vary === '' ? {} : { Vary: vary }),
  };
  return [operation.path, ...(operation.alsoAt ?? [])]
    .filter((path) => path.includes('{'))
    .map((path) => ({
      ...bound,
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{([a-z_]+)\}/g, PART)}$`),
      fields: Object.entries(said).flat(),
      freshness: operation.tellsLag ? freshness : undefined,
    }));
}

type Found = {
  readonly read: Read;
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
};

function match(reads: readonly Read[], path: string, isFixed: Deps['isFixed']): Found | undefined {
  for (const read of reads) {
    const parts = read.pattern.exec(path);
    if (parts === null) continue;
    if (isFixed(path)) return undefined;
    return { read, path, params: parts.groups ?? {} };
  }
  return undefined;
}

async function begin({ read, params, path }: Found, { request, peer, trace }: Exchange): Promise<Answer> {
  const waits = read.limit?.(peer.address);
  if (waits !== undefined) await waits;
  return read.handler({
    params,
    query: {},
    input: <T>() => ({}) as T,
    ifMatch: request.headers['if-match'],
    path,
    origin: { by: null, traceparent: trace.traceparent },
  });
}

function plainAnswer({ operation, fields }: Read, answer: Answer, asOf: number | undefined): PlainAnswer {
  const text = JSON.stringify(answer.body);
  const etag = entityTag(text, answer);
  const bareHeaders = [...fields, 'ETag', etag];
  if (asOf !== undefined) bareHeaders.push('Farm-Refs-Lag-Ms', String(lagSince(asOf)));
  const headers = [
    ...bareHeaders,
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(text)),
  ];
  return { operation: operation.id, status: 200, etag, body: text, headers, bareHeaders };
}
