import { randomBytes } from 'node:crypto';
import type { CheckedFetch } from './checked_fetch.ts';
import type { Answer } from './http_exchange.ts';

/** An event that a write causes: a record's type, what may have happened to it, and fields of its state or its key. */
export interface Caused {
  readonly type: string;
  readonly verbs: readonly string[];
  readonly key?: string | undefined;
  readonly has?: Readonly<Record<string, unknown>>;
}

/** What became of a write: done (2xx), refused (4xx), or unknown (no answer, 5xx). */
type Outcome = 'done' | 'refused' | 'unknown';

/** A write that was asked for; `traceparent` is its own, and its events carry it. */
export interface Write {
  readonly what: string;
  readonly traceparent: string;
  readonly outcome: Outcome;
  /** The status, or the code of the connection's error. */
  readonly ended: number | string;
  readonly causes: readonly Caused[];
  /** Milliseconds of one clock; a write whose outcome is unknown may be done at any time after. */
  readonly began: number;
  readonly doneBy: number;
  readonly took: number;
}

/** Thrown where a write's outcome is unknown, so that nothing further is built upon it. */
export class Unknown extends Error {
  override name = 'Unknown';
}

/** What is asked: a body, the events that it causes when it is done, and the status of a refusal that is expected instead. */
interface Asking {
  readonly json?: unknown;
  readonly causes?: readonly Caused[];
  readonly refused?: number;
}

/** Writes and gives back the answer. @throws {Unknown} {Error} for a refusal that was not expected, or a success that was not */
export type Writer = (method: string, path: string, asking: Asking) => Promise<Answer>;

/** Makes a writer that notes down all it does. */
export function recordingWriter(fetch: CheckedFetch, note: (write: Write) => void): Writer {
  return async (method, path, { json, causes = [], refused }) => {
    const what = `${method} ${path} ${JSON.stringify(json) ?? ''}`;
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
    const began = performance.now();
    const noteAs = (outcome: Outcome, ended: number | string) => {
      const now = performance.now();
      const doneBy = outcome === 'unknown' ? Number.POSITIVE_INFINITY : now;
      note({ what, traceparent, outcome, ended, causes, began, doneBy, took: now - began });
    };
    let answer: Answer;
    try {
      answer = await fetch(method, path, { json, headers: { traceparent } });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      noteAs('unknown', code);
      throw new Unknown(`${what}: ${code}`);
    }
    const { status, text } = answer;
    noteAs(status < 300 ? 'done' : status < 500 ? 'refused' : 'unknown', status);
    if (status >= 500) throw new Unknown(`${what}: ${status}`);
    if (status !== refused && (status >= 300 || refused !== undefined)) {
      throw new Error(`${what} → ${status} ${text}`);
    }
    return answer;
  };
}
