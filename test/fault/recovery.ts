import type { Anomaly, Operation } from './history.ts';
import type { Happened } from './schedule.ts';

/** How long the farm took to serve again after a fault was mended, in ms; undefined when the load ended before. */
export interface Recovery {
  readonly fault: Happened;
  readonly tookMs: number | undefined;
}

/** What is written to: each service, and tags with the help of the others. */
const writes = ['make_agent', 'attach', 'make_tag', 'make_assembler'] as const;

/** I14: the longest that any fault may take to be got over, in ms. */
const LONGEST_MS = 15_000;

/** For each fault the time from its end to the first answers of every kind of write that was asked for after it. */
export function recoveries(happened: readonly Happened[], operations: readonly Operation[]): Recovery[] {
  const answered = operations
    .filter(({ outcome, status }) => outcome !== 'unknown' && status !== 429)
    .sort((one, other) => one.ended - other.ended);
  return happened.map((fault) => {
    const firsts = writes.map(
      (kind) => answered.find(({ action, began }) => action.do === kind && began >= fault.to)?.ended,
    );
    const took = firsts.map((ended) => (ended === undefined ? Number.NaN : ended - fault.to));
    const tookMs = Math.max(...took);
    return { fault, tookMs: Number.isNaN(tookMs) ? undefined : tookMs };
  });
}

/** The faults that were not got over in time. One that was followed by the end of the load, or by another fault, is not counted. */
export function findSlow(all: readonly Recovery[]): Anomaly[] {
  return all.flatMap(({ fault, tookMs }): Anomaly[] => {
    if (tookMs === undefined || tookMs <= LONGEST_MS) return [];
    const isFollowed = all.some(
      ({ fault: other }) => other !== fault && other.from < fault.to + tookMs && other.to > fault.to,
    );
    if (isFollowed) return [];
    const text = `${fault.kind} of ${fault.on}: served again after ${Math.round(tookMs)} ms only`;
    return [{ invariant: 'I14', text }];
  });
}
