import { randomUUIDv7 } from 'node:crypto';
import type { EventType } from '@muster/contracts';

/** What a write says about itself; it becomes the record's `last` and the event's envelope. */
export type Change = {
  readonly type: EventType;
  readonly at: Date;
  /** The W3C trace that the write belongs to. */
  readonly traceparent: string | null;
  /** Who wrote: the token's name, or null where writes are open. */
  readonly by: string | null;
  /** The names of the state's fields that the write touched; found by the write itself when left off. */
  readonly delta?: readonly string[];
};

/** What a change needs to know besides its deed: the time. */
export type Clock = { readonly now: () => Date };

/** A change that someone asked for, or nobody: a sweep's, say. */
export const asked = (
  type: EventType,
  origin: Pick<Change, 'by' | 'traceparent'>,
  { now }: Clock = { now: () => new Date() },
): Change => ({ type, at: now(), by: origin.by, traceparent: origin.traceparent });

/** A record's latest change. `id` is a UUIDv7 and the event's `ce-id`. */
export type Last = {
  readonly id: string;
  readonly type: EventType;
  readonly at: Date;
  readonly traceparent: string | null;
  readonly by: string | null;
  readonly delta: readonly string[];
};

/**
 * The one shape of every published record. `v` is one more with every change, deletion and rebirth included, and is never
 * reused; `born` is the `v` at which the present life began; `state` is the public state, exactly as the event carries it,
 * and is gone from a tombstone (`live` false), which is kept. Only the functions of this folder write such documents, and
 * never by an aggregation pipeline, whose change events carry partial diffs.
 */
export type RecordDoc<S, K extends string | number = string> = {
  _id: K;
  live: boolean;
  v: number;
  born: number;
  last: Last;
  state?: S;
};

/** A record that lives. */
export type LiveDoc<S, K extends string | number = string> = RecordDoc<S, K> & { state: S };

/** A record that lives, as readers take it: without what is told of its latest change, which is half of the work of reading it. */
export type HeldDoc<S, K extends string | number = string> = Omit<LiveDoc<S, K>, 'last'>;

/** Makes a change's `last`. */
export const stamp = (change: Change, delta: readonly string[]): Last => ({
  id: randomUUIDv7(),
  type: change.type,
  at: change.at,
  traceparent: change.traceparent,
  by: change.by,
  delta: change.delta ?? delta,
});

/** A record's first version. */
export const firstVersion = <S extends object, K extends string | number>(input: {
  id: K;
  state: S;
  change: Change;
}): LiveDoc<S, K> => ({
  _id: input.id,
  live: true,
  v: 1,
  born: 1,
  last: stamp(input.change, Object.keys(input.state)),
  state: input.state,
});
