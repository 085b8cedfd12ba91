import type { IncomingMessage, RequestListener } from 'node:http';
import type { Context } from 'koa';
import type { Logger } from '../process/log.ts';
import type { Peer } from './peer.ts';
import { bringsBody, type PlainAnswer, sendPlain, varies } from './plain_answer.ts';
import type { PollLimit } from './poll_limit.ts';
import { traceOf } from './tracing.ts';

/** Whose answer is kept, how often a client may ask for it, and its body. */
type Kept = Pick<PlainAnswer, 'operation' | 'body'> & { readonly limit: PollLimit | undefined };

/** Keeps an answer that is being sent. */
export type KeepAnswer = (ctx: Context, kept: Kept) => void;

/**
 * Answers that are kept as they were sent, and sent again without asking anybody until a record changes. Not one outlives a write of
 * this process that was acknowledged, nor by more than a second one of another process.
 */
export type ReadyAnswers = {
  /** A listener that answers itself what is ready, and leaves all else to the one given. */
  readonly before: (listener: RequestListener) => RequestListener;
  /** Notes that an answer is being made; gives what keeps it, unless a record changed meanwhile. */
  readonly reading: () => KeepAnswer;
  /** Notes that a write begins; gives what notes its end, to be called before it is acknowledged. */
  readonly writing: () => () => void;
  /** A record changed. */
  readonly forget: () => void;
  /** No record had changed unseen at that time, on the clock of `performance.now()`. */
  readonly hold: (at: number) => void;
};

/** What the listener needs to know of a request's other end, and whether it must have come by TLS. */
export type ReadyDeps = {
  readonly peerOf: (request: IncomingMessage) => Peer;
  readonly requireTls: boolean;
  readonly log: Logger;
};

type Entry = Kept & PlainAnswer;

/** How long nothing need have been heard of changes, in ms; they are asked for four times a second. */
const BOUND_MS = 1_000;
const MOST_ENTRIES = 500;
const LONGEST_ADDRESS = 256;
/** Each request has its own of these. */
const ownOfEach = new Set(['x-request-id', 'traceparent', 'strict-transport-security']);
/** A 304 has nothing to say of a body. */
const ofBody = new Set(['content-type', 'content-length']);

/** Makes an empty keep of answers. */
export function readyAnswers(deps: ReadyDeps): ReadyAnswers {
  const entries = new Map<string, Entry>();
  let heldAt = Number.NEGATIVE_INFINITY;
  let changes = 0;
  let writes = 0;
  const forget = () => {
    changes += 1;
    // An empty map, too, would be given a new table.
    if (entries.size > 0) entries.clear();
  };
  const keep = (ctx: Context, entry: Entry) => {
    if (entries.size >= MOST_ENTRIES) entries.clear();
    entries.set(ctx.url, entry);
  };
  return {
    forget,
    hold: (at) => {
      heldAt = at;
    },
    reading() {
      const before = changes;
      return (ctx, kept) => {
        if (writes > 0 || before !== changes || !isKeepable(ctx)) return;
        keep(ctx, entryOf(ctx, kept));
      };
    },
    writing() {
      writes += 1;
      forget();
      return () => {
        writes -= 1;
        forget();
      };
    },
    before: (listener) => (request, response) => {
      const started = performance.now();
      const entry = request.method === 'GET' ? entries.get(request.url ?? '') : undefined;
      if (
        entry === undefined ||
        started - heldAt > BOUND_MS ||
        varies(request.headers) ||
        bringsBody(request.headers)
      )
        return listener(request, response);
      const peer = deps.peerOf(request);
      if (deps.requireTls && !peer.secure) return listener(request, response);
      const trace = traceOf(request.headers);
      const exchange = { request, response, peer, trace, started, log: deps.log };
      const waits = entry.limit?.(peer.address);
      if (waits === undefined) return sendPlain(entry, exchange);
      // Whoever has asked too often is told so by the listener.
      waits.then(
        () => sendPlain(entry, exchange),
        () => listener(request, response),
      );
    },
  };
}

const isKeepable = ({ method, status, url, headers }: Context): boolean =>
  method === 'GET' && (status === 200 || status === 206) && url.length <= LONGEST_ADDRESS && !varies(headers);

function entryOf({ response }: Context, kept: Kept): Entry {
  const pairs = Object.entries(response.headers).filter(([name]) => !ownOfEach.has(name));
  const flat = (some: typeof pairs) => some.flatMap(([name, value]) => [name, String(value)]);
  return {
    ...kept,
    status: response.status,
    etag: response.get('ETag'),
    headers: [...flat(pairs), 'content-length', String(Buffer.byteLength(kept.body))],
    bareHeaders: flat(pairs.filter(([name]) => !ofBody.has(name))),
  };
}
