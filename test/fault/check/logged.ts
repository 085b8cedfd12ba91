import type { SeenChange } from '../../subscriber.ts';
import { compare } from '../effects.ts';
import type { Anomaly, Operation } from '../history.ts';
import { isCount } from './timelines.ts';

/** The log, and until when it may have lost versions for good: the oplog was cut then, while nobody followed it. */
export interface Logged {
  readonly log: readonly SeenChange[];
  /** Milliseconds since 1970; -Infinity when nothing was cut. */
  readonly cutUntil: number;
}

/**
 * I4: per record the log has each version once, in order, and the last one is the stored one. Where the oplog was cut, older
 * versions may be missing, but nothing may be double or out of order.
 */
export function findGaps({ log, cutUntil }: Logged, stored: ReadonlyMap<string, number>): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const wrong = (subject: string, text: string) =>
    anomalies.push({ invariant: 'I4', subject, text: `${subject}: ${text}` });
  const last = new Map<string, { v: number; at: number }>();
  const ids = new Set<string | undefined>();
  for (const { subject, v, born, verb, headers } of log) {
    const before = last.get(subject) ?? { v: 0, at: Number.NEGATIVE_INFINITY };
    const mayLack = Number.isFinite(cutUntil) && before.at <= cutUntil;
    if (v <= before.v) wrong(subject, `version ${v} after ${before.v}`);
    if (v > before.v + 1 && !mayLack) wrong(subject, `version ${v} after ${before.v}: a gap`);
    if ((verb === 'created') !== (born === v)) wrong(subject, `${verb} at ${v}, born ${born}`);
    if (ids.has(headers['ce-id'])) wrong(subject, `the id of version ${v} was there before`);
    ids.add(headers['ce-id']);
    last.set(subject, { v, at: Date.parse(headers['ce-time'] ?? '') });
  }
  for (const [subject, v] of stored) {
    const logged = last.get(subject)?.v;
    if (logged !== v) wrong(subject, `version ${v} is stored, the log ends at ${logged ?? 'nothing'}`);
  }
  for (const [subject, { v }] of last) {
    if (!stored.has(subject))
      anomalies.push({
        invariant: 'I5',
        subject,
        text: `${subject}: version ${v} is logged, none is stored`,
      });
  }
  return anomalies;
}

/**
 * I1, I2, I3, I5: the events of each operation are those that its outcome calls for, and every event belongs to an operation or is
 * one of those that the farm causes by itself. `startedAt`: when the history's clock began, in ms since 1970.
 */
export function findUntold(
  { log, cutUntil }: Logged,
  operations: readonly Operation[],
  startedAt: number,
): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const asked = withoutCounts(log, operations);
  const byTrace = Map.groupBy(asked, ({ traceparent }) => traceparent);
  const known = new Set(operations.map(({ traceparent }) => traceparent));
  for (const operation of operations) {
    const events = byTrace.get(operation.traceparent) ?? [];
    const { counts, unexplained } = compare(operation, events);
    const about = { operation, subject: events[0]?.subject };
    const text = `${operation.what} (${operation.status || operation.error}): its events are [${events.map(named).join(', ')}]`;
    const { outcome } = operation;
    const isCut = startedAt + operation.began <= cutUntil;
    if (outcome === 'refused' && events.length > 0) anomalies.push({ invariant: 'I2', text, ...about });
    else if (unexplained.length > 0) anomalies.push({ invariant: 'I5', text, ...about });
    if (outcome === 'done' && counts.some((count) => count !== 1) && !isCut) {
      anomalies.push({ invariant: counts.some((count) => count > 1) ? 'I4' : 'I1', text, ...about });
    }
    const isHalf = events.length > 0 && counts.some((count) => count !== 1);
    if (outcome === 'unknown' && isHalf && !isCut) anomalies.push({ invariant: 'I3', text, ...about });
  }
  for (const change of asked) {
    if (known.has(change.traceparent) || isOwn(change)) continue;
    const text = `${named(change)} ${change.verb}: nobody asked for it`;
    anomalies.push({ invariant: 'I5', subject: change.subject, text });
  }
  return anomalies;
}

const named = ({ subject, v, verb }: SeenChange) => `${subject}@${v} ${verb}`;

/** Relations end and are renewed with the records that they are about; nobody asks for that. */
const isOwn = ({ type, verb, traceparent }: SeenChange): boolean =>
  type === 'tagging' && verb !== 'created' && traceparent === '';

/** The log without new counts of source paths: nobody asks for these, and they carry the trace of what led to them. */
function withoutCounts(log: readonly SeenChange[], operations: readonly Operation[]): SeenChange[] {
  const patches = new Set(
    operations.flatMap(({ action, traceparent }) => (action.do === 'change_assembler' ? [traceparent] : [])),
  );
  const before = new Map<string, SeenChange>();
  return log.filter((change) => {
    const previous = before.get(change.subject);
    before.set(change.subject, change);
    if (change.type !== 'assembler' || change.verb !== 'updated') return true;
    // Behind a gap only the request tells.
    return previous?.v === change.v - 1 ? !isCount(change, previous) : patches.has(change.traceparent);
  });
}
