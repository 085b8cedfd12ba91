import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client that sends more requests ahead of their answers than this is cut off: each one is held in memory. */
const MOST_WAITING = 64;

type Waiting = [IncomingMessage, ServerResponse];

/** What one connection has asked for: whether a request is being answered, those behind it, and what begins the next. */
type Line = { busy: boolean; readonly waiting: Waiting[]; readonly next: () => void };

/**
 * A listener that gets the requests of one connection one after another, each when the one before is answered. Node hands them
 * over as they come: a read could overtake the write before it (RFC 9112, 9.3.2), and one client could have thousands under way.
 */
export function inTurn(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  const begin = (line: Line, [request, response]: Waiting) => {
    line.busy = true;
    response.on('close', line.next);
    listener(request, response);
  };
  const lineOf = (socket: Socket): Line => {
    const line: Line = {
      busy: false,
      waiting: [],
      next() {
        line.busy = false;
        const turn = socket.writable ? line.waiting.shift() : undefined;
        if (turn !== undefined) begin(line, turn);
      },
    };
    lines.set(socket, line);
    return line;
  };
  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket) ?? lineOf(socket);
    if (!line.busy) begin(line, [request, response]);
    else if (line.waiting.push([request, response]) > MOST_WAITING) socket.destroy();
  };
}
