import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long nothing may move on a connection that its client has closed on its own side, in ms: longer than any answer may take to begin. */
const SILENT_MS = 6_000;
const ASK_MS = 200;

/**
 * Has a server answer clients that close their own side once they have asked, and give up those that have gone altogether. Both look
 * the same; but who has gone refuses what is sent to him. So he is sent interim answers, which every client must pass over
 * (RFC 9110, 15.2), until the answer begins: the first one is refused, and the next one fails for that.
 */
export function answerHalfClosed(server: Server, event: 'connection' | 'secureConnection'): void {
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on(event, (socket: Socket) => {
    socket.once('end', () => {
      socket.setTimeout(SILENT_MS);
      if (!ask(socket)) return;
      const asking = setInterval(() => ask(socket) || clearInterval(asking), ASK_MS);
      socket.once('close', () => clearInterval(asking));
    });
  });
}

/** Sends an interim answer; false when the answer itself has begun, or there is none to come. */
function ask(socket: Socket): boolean {
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse | null };
  if (!answer || answer.headersSent || answer.req.httpVersion !== '1.1') return false;
  answer.writeContinue();
  return true;
}
