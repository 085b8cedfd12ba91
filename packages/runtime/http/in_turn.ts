import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client that sends more requests ahead of their answers than this is cut off: each one is held in memory. */
const MOST_WAITING = 64;

type Waiting = [IncomingMessage, ServerResponse];

/**
 * A listener that gets the requests of one connection one after another, each when the one before is answered. Node hands them
 * over as they come: a read could overtake the write before it (RFC 9112, 9.3.2), and one client could have thousands under way.
 */
export function inTurn(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): RequestListener {
  const lines = new WeakMap<Socket, Waiting[]>();
  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket);
    if (line !== undefined) {
      if (line.push([request, response]) > MOST_WAITING) socket.destroy();
      return;
    }
    const waiting: Waiting[] = [];
    lines.set(socket, waiting);
    const next = () => {
      const turn = socket.destroyed || !socket.writable ? undefined : waiting.shift();
      if (turn === undefined) return void lines.delete(socket);
      turn[1].once('close', next);
      listener(...turn);
    };
    response.once('close', next);
    listener(request, response);
  };
}
