import type { Answers } from './rebuild.ts';
import type { Settled } from './round.ts';
import type { SeenChange } from './subscriber.ts';
import type { Caused, Write } from './writes.ts';

/**
 * What is wrong with a log: versions of a record that are missing, double or out of order, and records of which the database holds
 * another version than the log has last. Empty when nothing is.
 */
export function findGaps(log: readonly SeenChange[], stored: ReadonlyMap<string, number>): string[] {
  const anomalies: string[] = [];
  const last = new Map<string, number>();
  const ids = new Set<string | undefined>();
  for (const { subject, v, born, verb, headers } of log) {
    const before = last.get(subject) ?? 0;
    if (v !== before + 1) anomalies.push(`${subject}: version ${v} after ${before}`);
    if ((verb === 'created') !== (born === v)) anomalies.push(`${subject}: ${verb} at ${v}, born ${born}`);
    if (ids.has(headers['ce-id'])) anomalies.push(`${subject}: the id of version ${v} was there before`);
    ids.add(headers['ce-id']);
    last.set(subject, v);
  }
  for (const [subject, v] of stored) {
    if (last.get(subject) !== v) anomalies.push(`${subject}: stored ${v}, logged ${last.get(subject)}`);
  }
  for (const [subject, v] of last) {
    if (!stored.has(subject)) anomalies.push(`${subject}: logged ${v}, not stored`);
  }
  return anomalies;
}

/**
 * What is wrong with a log given the writes that led to it: a done write whose events are not there, a refused one of which there
 * is a trace, one of unknown outcome that was done by half, and a record whose versions are not in the order of the writes.
 */
export function findLost(log: readonly SeenChange[], writes: readonly Write[]): string[] {
  const asked = withoutCounts(log);
  const byTrace = Map.groupBy(asked, ({ traceparent }) => traceparent);
  const anomalies: string[] = [];
  for (const { what, traceparent, outcome, ended, causes } of writes) {
    const events = byTrace.get(traceparent) ?? [];
    const found = causes.map((cause) => events.filter((event) => fits(event, cause)).length);
    const wrong = (text: string) =>
      anomalies.push(
        `${what} (${ended}): ${text}; logged: ${events.map(({ subject, v }) => `${subject}@${v}`)}`,
      );
    const isWhole = found.every((count) => count === 1);
    if (outcome === 'done' && !isWhole) wrong(`events ${found}`);
    if (outcome === 'unknown' && !isWhole && found.some((count) => count > 0)) wrong(`done by half ${found}`);
    if (outcome === 'refused' && events.length > 0) wrong('refused, yet done');
  }
  return [...anomalies, ...findDisorder(asked, writes)];
}

/** The log without new counts of source paths: nobody asks for these, and they carry the trace of what led to them. */
function withoutCounts(log: readonly SeenChange[]): SeenChange[] {
  const before = new Map<string, SeenChange>();
  const uncounted = ({ state }: SeenChange) => JSON.stringify({ ...state, source_path_count: 0 });
  return log.filter((change) => {
    const previous = before.get(change.subject);
    before.set(change.subject, change);
    if (change.type !== 'assembler' || change.verb !== 'updated' || previous === undefined) return true;
    return uncounted(previous) !== uncounted(change);
  });
}

function fits({ type, verb, key, state }: SeenChange, cause: Caused): boolean {
  if (type !== cause.type || !cause.verbs.includes(verb)) return false;
  if (cause.key !== undefined && cause.key !== key) return false;
  return Object.entries(cause.has ?? {}).every(([name, value]) => state?.[name] === value);
}

function findDisorder(log: readonly SeenChange[], writes: readonly Write[]): string[] {
  const byTrace = new Map(writes.map((write) => [write.traceparent, write]));
  const anomalies: string[] = [];
  const latest = new Map<string, Write>();
  for (const { subject, v, traceparent } of log) {
    const write = byTrace.get(traceparent);
    if (write === undefined) continue;
    const before = latest.get(subject);
    if (before !== undefined && write.doneBy < before.began) {
      anomalies.push(`${subject}: version ${v} was asked for and done before the version before it`);
    }
    latest.set(subject, write);
  }
  return anomalies;
}

/** Tags that are not on exactly what they were left on. */
export function findUnsettled(answers: Answers, settled: readonly Settled[]): string[] {
  type Ids = { readonly id: string | number }[];
  return settled.flatMap(({ tag, ...must }) => {
    const { own, assemblers } = (answers.byName.get(tag) ?? {}) as {
      own?: Record<string, Ids>;
      assemblers?: Ids;
    };
    const is = { agents: own?.agents, jobs: own?.jobs, assemblers };
    const wrong = (['agents', 'jobs', 'assemblers'] as const).filter(
      (name) => String(is[name]?.map(({ id }) => id)) !== String([...must[name]].sort()),
    );
    return wrong.map((name) => `${tag}: ${name} are ${JSON.stringify(is[name])}, left on ${must[name]}`);
  });
}
