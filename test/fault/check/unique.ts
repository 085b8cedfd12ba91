import type { Anomaly } from '../history.ts';
import type { Timeline } from './timelines.ts';

/** What no two living records of a type may share. */
const unique: Readonly<Record<string, readonly string[]>> = {
  tag: ['tag'],
  assembler: ['name', 'host'],
};

/** The types whose ids are given out once and never again. */
const once = new Set(['tag', 'job']);

interface Reign {
  readonly subject: string;
  readonly from: number;
  readonly to: number;
}

/** I11: names, hosts and tag names are unique among the living at every moment, and an integer id that was deleted never comes back. */
export function findDoubles(timelines: ReadonlyMap<string, Timeline>): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const reigns = new Map<string, Reign[]>();
  for (const { subject, type, versions } of timelines.values()) {
    const buried = versions.findIndex(({ live, v, isUnknown }) => !live && v > 0 && !isUnknown);
    if (once.has(type) && buried !== -1 && versions.slice(buried).some(({ live }) => live)) {
      anomalies.push({ invariant: 'I11', subject, text: `${subject} came back after its deletion` });
    }
    for (const field of unique[type] ?? []) {
      for (const [at, { state, live, latest }] of versions.entries()) {
        const value = state?.[field];
        // Surely the present one from its answer on until the next one was asked for.
        const to = versions[at + 1]?.earliest ?? Number.POSITIVE_INFINITY;
        if (!live || value === null || value === undefined || latest >= to) continue;
        const key = `${type} ${field} ${JSON.stringify(value)}`;
        reigns.set(key, [...(reigns.get(key) ?? []), { subject, from: latest, to }]);
      }
    }
  }
  for (const [key, held] of reigns) {
    held.sort((one, other) => one.from - other.from);
    for (const [at, { subject, from }] of held.entries()) {
      const before = held[at - 1];
      if (before !== undefined && before.subject !== subject && from < before.to) {
        const text = `${key} was held by ${before.subject} and ${subject} at once`;
        anomalies.push({ invariant: 'I11', subject, text });
      }
    }
  }
  return anomalies;
}
