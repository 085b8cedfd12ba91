import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A bare connection, for what no HTTP client would send. */
export interface RawSocket {
  readonly socket: Socket;
  /** All that has come so far, a byte a letter. */
  readonly text: () => string;
  /** Milliseconds from the connection's beginning to its end, once the other side has closed it. */
  readonly closed: Promise<number>;
  /** Waits until what has come holds so many answers' first lines, for 10 s unless said. @throws {Error} when they do not come */
  readonly answers: (count: number, withinMs?: number) => Promise<readonly number[]>;
}

/** Connects to the server at `origin`; the end of a test ends the connection. */
export async function openRaw(
  origin: string,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawSocket> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), ...options }).setEncoding('latin1');
  onTestFinished(() => void socket.destroy());
  const began = performance.now();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  // What is cut off ends too; what was told before counts.
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(performance.now() - began));
  });
  await once(socket, 'connect');
  const statuses = () => [...text.matchAll(/HTTP\/1\.1 ([0-9]{3}) /g)].map(([, status]) => Number(status));
  return {
    socket,
    text: () => text,
    closed,
    async answers(count, withinMs = 10_000) {
      const signal = AbortSignal.timeout(withinMs);
      while (statuses().length < count) {
        if (socket.destroyed) break;
        await Promise.race([once(socket, 'data', { signal }), closed]).catch(() => {
          throw new Error(`not ${count} answers within ${withinMs} ms but: ${text.slice(0, 500)}`);
        });
      }
      return statuses();
    },
  };
}
