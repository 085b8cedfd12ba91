import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@muster/contracts';
import { renderError } from './render_error.ts';
import { requestIdOf, traceparentOf } from './tracing.ts';

/** The most header fields that a client may send. */
const MAX_FIELDS = 64;

/** What a gateway may add to them, so that a service does not refuse what the gateway let through. */
export const MAX_FIELDS_FORWARDED = MAX_FIELDS + 8;

/** How long a server holds an idle connection open, in ms. The gateway's own side is shorter, so that it never meets a closing one. */
const KEEP_ALIVE_MS = 65_000;

const byParserError: Readonly<Record<string, AppError>> = {
  HPE_HEADER_OVERFLOW: new AppError('headers_too_large', 'headers_too_large'),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('request_timeout', 'request_timeout'),
};
const unreadable = new AppError('malformed', 'malformed_address', { part: 'request line or header' });

/**
 * Makes an HTTP server with the limits that every process of the farm keeps: 10 s for the header, 15 s for the whole request,
 * header of at most 8 KiB and 64 fields, bounded connections. What the parser refuses is answered as JSON too.
 */
export function limitedServer(
  listener: RequestListener,
  options: { readonly maxFields?: number } = {},
): Server {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 8 * 1024,
    },
    listener,
  );
  server.maxHeadersCount = options.maxFields ?? MAX_FIELDS;
  server.maxConnections = 4096;
  server.on('clientError', answerParserError);
  return server;
}

function answerParserError(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answering } = socket as Socket & { _httpMessage?: unknown };
  if (!socket.writable || answering || error.code === 'ECONNRESET') {
    // An error body in the middle of another answer would be read as part of it.
    socket.destroy();
    return;
  }
  const refusal = byParserError[error.code ?? ''] ?? unreadable;
  // Its header was not read, so nothing of the client's own is known.
  const requestId = requestIdOf(undefined);
  const { status, headers, body } = renderError(refusal, {
    path: '/',
    accept: undefined,
    acceptLanguage: undefined,
    requestId,
  });
  const fields = {
    ...headers,
    'X-Request-Id': requestId,
    traceparent: traceparentOf(undefined),
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${head.join('\r\n')}\r\n\r\n${body}`);
}
