import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What the gateway itself tells a service about a request. */
export type Told = {
  readonly requestId: string;
  readonly traceparent: string;
  readonly client: { readonly address: string; readonly secure: boolean };
  /** The length of a body that is streamed; of a whole one undici knows it. */
  readonly contentLength?: string | undefined;
};

/** The fields that concern one connection only (RFC 9110, 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** What a service puts on its answers once it is about to end; see runtime/process/run.ts. */
export const DRAINING = 'farm-draining';
/** What is not passed on: besides those, what the gateway says in its own words, whatever the client says, or has dealt with. */
const endsInRequests: ReadonlySet<string> = new Set([
  ...hopByHop,
  'host',
  'content-length',
  'expect',
  'forwarded',
  'x-request-id',
  'traceparent',
]);
const endsInAnswers: ReadonlySet<string> = new Set([...hopByHop, 'x-request-id', 'traceparent', DRAINING]);

/** The header that a service gets, as names and values in turn: the client's, without what must not be passed on or believed. */
export function requestHeaders(request: IncomingMessage, told: Told): string[] {
  const { rawHeaders, headers } = request;
  const ends = withNamed(endsInRequests, headers.connection);
  const passed: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (ends.has(name) || name.startsWith('x-forwarded-')) continue;
    passed.push(name, rawHeaders[at + 1]!);
  }
  passed.push(
    'x-forwarded-for',
    told.client.address,
    'x-forwarded-proto',
    told.client.secure ? 'https' : 'http',
    'x-forwarded-host',
    headers.host ?? '',
    'x-request-id',
    told.requestId,
    'traceparent',
    told.traceparent,
  );
  if (told.contentLength !== undefined) passed.push('content-length', told.contentLength);
  return passed;
}

/** The header that the client gets, as names and values in turn. */
export function answerHeaders(
  headers: IncomingHttpHeaders,
  { requestId, traceparent }: Pick<Told, 'requestId' | 'traceparent'>,
): string[] {
  const ends = withNamed(endsInAnswers, headers.connection);
  const passed: string[] = ['X-Request-Id', requestId, 'traceparent', traceparent];
  for (const name in headers) {
    if (ends.has(name)) continue;
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) passed.push(name, one);
    else if (value !== undefined) passed.push(name, value);
  }
  return passed;
}

/** Those fields, and what a `Connection` header makes hop-by-hop besides. */
function withNamed(fields: ReadonlySet<string>, connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return fields;
  return fields.union(new Set(connection.split(',').map((name) => name.trim().toLowerCase())));
}
