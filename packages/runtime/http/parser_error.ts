import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@muster/contracts';
import { renderError } from './render_error.ts';
import { traceOf } from './tracing.ts';

/** How long a client that is refused is still listened to, in ms: closed at once, it would be cut off before it has read why. */
const LINGER_MS = 2_000;

const byParserError: Readonly<Record<string, AppError>> = {
  HPE_HEADER_OVERFLOW: new AppError('headers_too_large', 'headers_too_large'),
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('request_timeout', 'request_timeout'),
};
const unreadable = new AppError('malformed', 'malformed_request');
const refused = new WeakSet<Socket>();

/** Answers what cannot be read, or did not come in time, once for each connection, and closes it. */
export function answerParserError(error: NodeJS.ErrnoException, socket: Socket): void {
  // The parser fails anew with all that comes after.
  if (refused.has(socket)) return;
  const ofParser = /^(HPE|ERR_HTTP)_/.test(error.code ?? '');
  // After a failed handshake (plain HTTP where TLS is spoken, say) there is no way to send an answer.
  if (!socket.writable || !ofParser) return void socket.destroy();
  refused.add(socket);
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse | null };
  // What cannot be read is no part of the request that is being answered: that one was whole.
  if (answer?.req.complete) return void answer.once('close', () => socket.destroy());
  // An error body in the middle of another answer would be read as part of it.
  if (answer?.headersSent) return void socket.destroy();
  refuse(socket, byParserError[error.code ?? '']);
}

/** Answers that a request cannot be read, unless another refusal is given, and closes its connection once that has arrived. */
export function refuse(socket: Socket, error = unreadable): void {
  socket.end(refusal(error));
  const lingering = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(lingering));
}

function refusal(error: AppError): string {
  // The header was not read, or is not at hand any more, so nothing of the client's own is known.
  const { requestId, traceparent } = traceOf({});
  const { status, headers, body } = renderError(error, {
    path: '/',
    accept: undefined,
    acceptLanguage: undefined,
    requestId,
  });
  const fields = {
    ...headers,
    'X-Request-Id': requestId,
    traceparent,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} Refused\r\n${head.join('\r\n')}\r\n\r\n${body}`;
}
