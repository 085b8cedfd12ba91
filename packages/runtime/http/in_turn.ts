import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client that sends more requests ahead of their answers than this is cut off: each one is held in memory. */
const MOST_WAITING = 64;

/** What one connection has asked for and was not answered, the first of it being answered; and what goes on to the next. */
type Line = { readonly asked: [IncomingMessage, ServerResponse][]; readonly next: () => void };

/**
 * A listener that gets the requests of one connection one after another, each when the one before is answered. Node hands them
 * over as they come: a read could overtake the write before it (RFC 9112, 9.3.2), and one client could have thousands under way.
 */
export function inTurn(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  const answerFirst = (line: Line) => {
    const first = line.asked[0];
    if (first === undefined) return;
    first[1].on('close', line.next);
    listener(...first);
  };
  const lineOf = (socket: Socket): Line => {
    const line: Line = {
      asked: [],
      next() {
        line.asked.shift();
        if (socket.writable) answerFirst(line);
      },
    };
    lines.set(socket, line);
    return line;
  };
  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? lineOf(socket);
    const many = line.asked.push([request, response]);
    if (many === 1) answerFirst(line);
    else if (many > 1 + MOST_WAITING) socket.destroy();
  };
}
