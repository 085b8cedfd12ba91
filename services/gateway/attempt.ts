import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';

/** One try to have a request answered by one instance. */
export type Attempt = {
  /** Ends it and frees its connection, wherever it has got to. */
  readonly abort: (reason: Error) => void;
};

/** What is sent. */
export type Sent = {
  readonly method: string;
  readonly target: string;
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
};

/** Whom an attempt tells of its course. */
export type AttemptEvents = {
  /** The answer begins. Gives the client's header, or undefined to refuse the answer: then the attempt has been aborted. */
  readonly answering: (status: number, headers: IncomingHttpHeaders) => string[] | undefined;
  /** It failed before an answer began; `sent` tells whether the service may have seen the request. */
  readonly failed: (error: Error, sent: boolean) => void;
};

/** How long a client may take for what is buffered for it, in ms: slower ones would hold a service's connection for ever. */
const DRAIN_MS = 15_000;

/** Sends a request and passes the answer on to `response`, no faster than the client takes it. */
export function startAttempt(
  pool: Pool,
  sent: Sent,
  response: ServerResponse,
  events: AttemptEvents & { readonly drainMs: number | undefined },
): Attempt {
  let controller: Dispatcher.DispatchController | undefined;
  let aborted: Error | undefined;
  let begun = false;
  let length = -1;
  let held = '';
  let slow: NodeJS.Timeout | undefined;

  const goOn = () => {
    clearTimeout(slow);
    controller?.resume();
  };
  const over = () => {
    if (slow === undefined) return;
    clearTimeout(slow);
    response.off('drain', goOn);
  };
  pool.dispatch(
    { method: sent.method, path: sent.target, headers: sent.headers, body: sent.body },
    {
      onRequestStart(started) {
        // It waited for a connection and is not wanted any more. Thrown, this costs the connection nothing.
        if (aborted !== undefined) throw aborted;
        controller = started;
      },
      onResponseStart(_, status, headers) {
        if (status < 200) return;
        const header = events.answering(status, headers);
        if (header === undefined) return;
        begun = true;
        length = Number(headers['content-length'] ?? -1);
        response.writeHead(status, header);
      },
      onResponseData(_, chunk) {
        if (chunk.length === length) {
          // The whole body at once: it goes out with the header, at the end, which follows at once. As a text of as many characters as it
          // has bytes, since Node sends header and text in one piece, but header and bytes in two.
          held = chunk.toString('latin1');
        } else if (!response.write(chunk)) {
          controller?.pause();
          if (slow === undefined) response.on('drain', goOn);
          clearTimeout(slow);
          slow = setTimeout(() => response.destroy(), events.drainMs ?? DRAIN_MS);
        }
      },
      onResponseEnd() {
        over();
        response.end(held, 'latin1');
      },
      onResponseError(_, error) {
        over();
        if (!begun) events.failed(error, controller !== undefined);
        // Cut off, so that the client does not take half an answer for a whole one.
        else response.destroy();
      },
    },
  );
  return {
    abort(reason) {
      aborted = reason;
      over();
      controller?.abort(reason);
    },
  };
}
