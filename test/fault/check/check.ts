import type { Answers } from '../../rebuild.ts';
import type { SeenChange } from '../../subscriber.ts';
import type { Anomaly, Operation } from '../history.ts';
import { findDishonest, type Window } from './answered.ts';
import { findDisorder } from './histories.ts';
import { findGaps, findUntold } from './logged.ts';
import { findStale } from './references.ts';
import { findFalseRefusals } from './refusals.ts';
import { findDisagreement } from './settled.ts';
import { openTagTimelines } from './tag_timelines.ts';
import { buildTimelines } from './timelines.ts';
import { findDoubles } from './unique.ts';

/** All that is known of a run once the farm is at rest. */
export interface Evidence {
  readonly operations: readonly Operation[];
  /** FARM, whole. */
  readonly log: readonly SeenChange[];
  /** FARM_STATE, whole. */
  readonly states: readonly SeenChange[];
  /** The version of every stored record, by subject. */
  readonly stored: ReadonlyMap<string, number>;
  readonly answers: Answers;
  readonly deadLetters: number;
  /** Until when the log may have lost versions for good, ms since 1970. */
  readonly cutUntil: number;
  /** When the clock of the history began, ms since 1970. */
  readonly startedAt: number;
  readonly gatewayAway: readonly Window[];
}

/** Everything in which a run broke a promise. */
export function check(evidence: Evidence): Anomaly[] {
  const { operations, log, states, stored, answers, startedAt, gatewayAway, deadLetters } = evidence;
  const timelines = buildTimelines(log, operations, startedAt);
  const tags = openTagTimelines(timelines);
  return [
    ...findUntold(evidence, operations, startedAt),
    ...findGaps(evidence, stored),
    ...findDisagreement(log, states, answers),
    ...findFalseRefusals(timelines, tags, operations),
    ...findStale(timelines, tags, operations),
    ...findDoubles(timelines),
    ...findDisorder(timelines, operations),
    ...findDishonest(operations, gatewayAway),
    ...(deadLetters === 0
      ? []
      : [{ invariant: 'I7', text: `${deadLetters} messages in FARM_DLQ` } satisfies Anomaly]),
  ];
}
