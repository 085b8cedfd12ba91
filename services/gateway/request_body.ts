import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Bodies of up to this many bytes are read whole before a service is bothered: a slow client then costs it nothing. */
const WHOLE_BYTES = 16 * 1024;

/** How a request's body is passed on. */
export type BodyKind = 'none' | 'whole' | 'streamed';

/** Tells from the header how the body is to be passed on. */
export function bodyKind({ headers }: IncomingMessage): BodyKind {
  if (headers['transfer-encoding'] !== undefined) return 'streamed';
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0) return 'none';
  return length <= WHOLE_BYTES ? 'whole' : 'streamed';
}

/** Reads a small body to its end; `then` is not called when the client goes before. */
export function readWhole(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => then(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
}

/**
 * The body as a stream of its own, read from the client no faster than it is read. When it is destroyed before its end, as when a
 * service answers early, the rest is thrown away: destroying the request instead would cut off the client before it has read
 * the answer. The server's time limit for a whole request bounds how long that goes on. Whoever takes it destroys it at the end.
 */
export function streamedBody(request: IncomingMessage): Readable {
  const body = new Readable({
    read: () => void request.resume(),
    destroy(error, done) {
      request.off('data', onData).off('end', onEnd);
      request.resume();
      done(error);
    },
  });
  const onData = (chunk: Buffer) => {
    if (!body.push(chunk)) request.pause();
  };
  const onEnd = () => void body.push(null);
  // Undici destroys it with an error when its connection breaks, and may not listen any more.
  body.on('error', () => {});
  request.on('data', onData).once('end', onEnd).pause();
  return body;
}
