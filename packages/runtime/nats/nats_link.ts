import type { NatsConnection } from '@nats-io/transport-node';

/** Answers one request; payloads are JSON values. What it throws is answered as `{error}`. */
export type RequestHandler = (payload: unknown) => Promise<unknown>;

/** A process's one connection to NATS, which may be down at any time and comes back by itself. */
export type NatsLink = {
  /**
   * Waits until connected.
   *
   * @throws when the link is closed or `signal` aborts first.
   */
  connection(signal?: AbortSignal): Promise<NatsConnection>;
  /** The connection while it is up, else undefined. */
  current(): NatsConnection | undefined;
  isUp(): boolean;
  /** Calls `listener` each time the connection is lost; gives back what ends that. */
  onDown(listener: () => void): () => void;
  /** Calls `listener` each time the connection is there (again); gives back what ends that. */
  onUp(listener: () => void): () => void;
  /**
   * Asks and waits for one answer, for at most `timeoutMs` (300 when left off). JSON both ways.
   *
   * @throws {AppError} `unavailable`: at once when not connected or when nobody serves the subject, else after `timeoutMs`.
   */
  request(subject: string, payload: unknown, timeoutMs?: number): Promise<unknown>;
  /** Serves a subject together with everyone of the same queue, over every reconnect; gives back what ends that. */
  serve(subject: string, queue: string, handler: RequestHandler): () => void;
  /** Finishes what was received, sends what is buffered, and closes for good. */
  drain(): Promise<void>;
};
