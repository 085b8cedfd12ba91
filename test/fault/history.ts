import type { Action } from './action.ts';

/** What became of an operation: done (2xx), refused (4xx), or unknown (no answer, 5xx). */
export type Outcome = 'done' | 'refused' | 'unknown';

/** One request of the workload, from its first byte to its answer. Times are milliseconds of one clock that never goes back. */
export interface Operation {
  readonly action: Action;
  /** Method, address and body, for people. */
  readonly what: string;
  /** Its own; the events that it causes carry it. */
  readonly traceparent: string;
  readonly began: number;
  readonly ended: number;
  readonly outcome: Outcome;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly body: unknown;
  /** What went wrong with the connection, or is wrong with the answer by its description. */
  readonly error: string | undefined;
  readonly problems: readonly string[];
  /** The version that the answer names by its ETag. */
  readonly version: number | undefined;
  /** How far behind the read model may have been, as the answer says; Infinity when it does not say. */
  readonly lagMs: number;
}

/** A promise that was broken; `invariant` is its number in docs/reliability.md, `subject` the record it is about. */
export interface Anomaly {
  readonly invariant: Invariant;
  readonly text: string;
  readonly subject?: string | undefined;
  readonly operation?: Operation | undefined;
}

/** What must hold of every run, by the numbers of docs/reliability.md. */
export const invariants = {
  I1: 'no acknowledged write is lost',
  I2: 'no refused write leaves a trace',
  I3: 'what was not answered is done whole or not at all',
  I4: 'every version is on the log once, in order, without a gap',
  I5: 'no event without its change',
  I6: 'last states, log, databases and APIs tell the same',
  I7: 'read models converge',
  I8: 'no dangling reference',
  I9: 'no false 404',
  I10: 'no false success beyond the reported lag',
  I11: 'unique among the living, ids never used again',
  I12: "one record's history is linearizable",
  I13: 'only honest answers',
  I14: 'bounded recovery',
} as const;

/** The number of an invariant. */
export type Invariant = keyof typeof invariants;
