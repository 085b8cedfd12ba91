import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Certificate, OpenCertificate } from './certificate.ts';
import { answerHalfClosed } from './half_closed.ts';
import { strictTransport } from './hsts.ts';
import { inTurn } from './in_turn.ts';
import { oneHost } from './one_host.ts';
import { answerParserError } from './parser_error.ts';

/** Not imported: that would read all that the module exports, of which `WebSocket` loads a fetch library, 55 ms of each start. */
const { createServer } = process.getBuiltinModule('node:http');

/** The most header fields that a client may send. */
const MAX_FIELDS = 64;

/** What a gateway may add to them, so that a service does not refuse what the gateway let through. */
export const MAX_FIELDS_FORWARDED = MAX_FIELDS + 8;

/** How long a server holds an idle connection open, in ms. The gateway's own side is shorter, so that it never meets a closing one. */
const KEEP_ALIVE_MS = 65_000;

/** What every server keeps to, whatever it speaks. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  maxHeaderSize: 8 * 1024,
  // Looked at by oneHost(), which says what is wrong.
  requireHostHeader: false,
  // Whoever reads a body looks at the header first, so that a request without one needs no stream.
  optimizeEmptyRequests: true,
};

/**
 * Makes an HTTP server with the limits that every process of the farm keeps: 10 s for the header, 15 s for the whole request,
 * header of at most 8 KiB and 64 fields, bounded connections. What the parser refuses is answered as JSON too. With a certificate it
 * speaks TLS 1.2 or newer and nothing else, has 10 s for the handshake, and goes over to a renewed certificate with the next connection.
 */
export function limitedServer(
  listener: RequestListener,
  options: { readonly maxFields?: number; readonly certificate?: OpenCertificate | undefined } = {},
): Server {
  const { maxFields = MAX_FIELDS, certificate } = options;
  const orderly = inTurn(oneHost(listener));
  const server = certificate === undefined ? createServer(limits, orderly) : tlsServer(orderly, certificate);
  server.maxHeadersCount = maxFields;
  server.maxConnections = 4096;
  answerHalfClosed(server, certificate === undefined ? 'connection' : 'secureConnection');
  server.on('clientError', answerParserError);
  server.on('connect', refuseTunnel);
  return server;
}

function tlsServer(listener: RequestListener, certificate: OpenCertificate): Server {
  const secured = ({ cert, key }: Certificate) => ({ cert, key, minVersion: 'TLSv1.2' as const });
  const server = createTlsServer(
    { ...limits, ...secured(certificate.current()), handshakeTimeout: 10_000 },
    listener,
  );
  certificate.onRenewed((renewed) => server.setSecureContext(secured(renewed)));
  server.prependListener('request', (request, response) => {
    for (const [name, value] of Object.entries(strictTransport(request.headers.host))) {
      response.setHeader(name, value);
    }
  });
  return server;
}

/** A tunnel is nothing that any address here offers. (An `Upgrade` header is ignored, as HTTP allows.) */
const refuseTunnel = (_request: unknown, socket: Duplex): void =>
  void socket.end(
    'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, OPTIONS\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    () => socket.destroy(),
  );
