import type { SeenChange } from '../../subscriber.ts';
import type { Operation } from '../history.ts';

/** A version of a record on the log, with the moments between which it became the present one; ms of the history's clock. */
export interface Version {
  readonly v: number;
  readonly live: boolean;
  readonly born: number;
  readonly state: SeenChange['state'];
  /** It was not the present one before this. */
  readonly earliest: number;
  /** It, or a later one, was the present one from then on. */
  readonly latest: number;
  /** Versions that the log lacks, which nothing is known of. */
  readonly isUnknown?: boolean;
  readonly operation?: Operation | undefined;
}

/** The versions of one record in their order, the first one being its absence. */
export interface Timeline {
  readonly subject: string;
  readonly type: string;
  readonly key: string;
  readonly versions: readonly Version[];
}

/** What the two clocks of one machine may differ by, in ms. */
const CLOCKS_MS = 5;

const absence: Version = {
  v: 0,
  live: false,
  born: 0,
  state: null,
  earliest: Number.NEGATIVE_INFINITY,
  latest: Number.NEGATIVE_INFINITY,
};

/**
 * Every record's timeline: a version came after the request that made it began and after the time that its event gives, and before
 * that request was answered with success; and no version came before the one before it. `startedAt` is when the history's clock
 * began, in ms since 1970.
 */
export function buildTimelines(
  log: readonly SeenChange[],
  operations: readonly Operation[],
  startedAt: number,
): Map<string, Timeline> {
  const byTrace = new Map(operations.map((operation) => [operation.traceparent, operation]));
  const timelines = new Map<string, Timeline>();
  for (const [subject, changes] of Map.groupBy(log, ({ subject }) => subject)) {
    const { type, key } = changes[0]!;
    timelines.set(subject, { subject, type, key, versions: versionsOf(changes, { byTrace, startedAt }) });
  }
  return timelines;
}

function versionsOf(
  changes: readonly SeenChange[],
  { byTrace, startedAt }: { byTrace: ReadonlyMap<string, Operation>; startedAt: number },
): readonly Version[] {
  const versions: Version[] = [absence];
  let earliest = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    const { v, born, state } = change;
    const before = versions.at(-1)!;
    if (v > before.v + 1)
      versions.push({
        ...absence,
        v: v - 1,
        earliest,
        latest: Number.POSITIVE_INFINITY,
        isUnknown: true,
      });
    // New counts of source paths carry the trace of what led to them, long after that was answered. Behind a gap only a change by
    // request can be told from them.
    const asked = byTrace.get(change.traceparent);
    const mayCount = change.type === 'assembler' && change.verb === 'updated';
    const isAsked = !mayCount || (asked?.action.do === 'change_assembler' && !isCount(change, before));
    const operation = isAsked ? asked : undefined;
    // Written down just before the write, in whole milliseconds of the same machine.
    const stamped = Date.parse(change.headers['ce-time'] ?? '') - startedAt - CLOCKS_MS;
    earliest = Math.max(earliest, stamped, operation?.began ?? Number.NEGATIVE_INFINITY);
    const latest = latestOf(operation, change);
    versions.push({ v, born, state, live: state !== null, earliest, latest, operation });
  }
  let latest = Number.POSITIVE_INFINITY;
  return versions
    .toReversed()
    .map((version) => {
      latest = Math.min(latest, version.latest);
      return { ...version, latest };
    })
    .toReversed();
}

/** What was undone or renewed in the name of an attach may have been so after its answer. */
function latestOf(operation: Operation | undefined, { type, verb }: SeenChange): number {
  if (operation?.outcome !== 'done') return Number.POSITIVE_INFINITY;
  const isAfterthought = type === 'tagging' && operation.action.do !== 'detach' && verb === 'deleted';
  return isAfterthought ? Number.POSITIVE_INFINITY : operation.ended;
}

/** Whether an assembler's change was nothing but another count of its source paths. */
export function isCount({ verb, state }: SeenChange, before: Pick<Version, 'state'>): boolean {
  const uncounted = (one: object | null) => JSON.stringify({ ...one, source_path_count: 0 });
  return verb === 'updated' && before.state !== null && uncounted(before.state) === uncounted(state);
}

/** The versions of which one or more may have been the present one at some moment from `from` to `to`. */
export function possible(timeline: Timeline | undefined, from: number, to: number): readonly Version[] {
  if (timeline === undefined) return [absence];
  const { versions } = timeline;
  return versions.filter(
    ({ earliest }, at) => earliest <= to && (versions[at + 1]?.latest ?? Number.POSITIVE_INFINITY) >= from,
  );
}

/** Whether a record may have been living at some moment from `from` to `to`. */
export const mayLive = (timeline: Timeline | undefined, from: number, to: number): boolean =>
  possible(timeline, from, to).some(({ live, isUnknown }) => live || isUnknown === true);

/** Whether a record was living all the time from `from` to `to`. */
export const surelyLives = (timeline: Timeline | undefined, from: number, to: number): boolean =>
  possible(timeline, from, to).every(({ live }) => live);
