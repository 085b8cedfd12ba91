import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Anomaly, type Invariant, invariants } from './history.ts';
import type { Run, RunOptions } from './run.ts';

const share = (part: number, of: number) => `${of === 0 ? 0 : ((100 * part) / of).toFixed(2)} %`;
const ms = (value: number | undefined) => (value === undefined ? '–' : `${Math.round(value)} ms`);

/** The value below which a share of the values lies. */
function percentile(values: readonly number[], at: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))];
}

const A_YEAR_MS = 365 * 86_400_000;

/** The table of a run. */
export function tableOf(run: Run): string {
  const { operations, anomalies, recoveries, converged, lags } = run;
  const count = (holds: (one: Run['operations'][number]) => boolean) => operations.filter(holds).length;
  const all = operations.length;
  const away = count(({ status }) => status === 503);
  const told = operations.map(({ lagMs }) => lagMs).filter(Number.isFinite);
  // A service that has not heard from every owner yet counts from the epoch.
  const heard = told.filter((lagMs) => lagMs < A_YEAR_MS);
  const kinds = Map.groupBy(recoveries, ({ fault }) => fault.kind);
  const rows: [string, string][] = [
    ['operations', `${all}`],
    ['  ok', `${count(({ outcome }) => outcome === 'done')}`],
    ['  refused', `${count(({ outcome }) => outcome === 'refused')}`],
    ['  unknown', `${count(({ outcome }) => outcome === 'unknown')}`],
    ['  answered 503', `${away} (${share(away, all)})`],
    ['false 404s', `${anomalies.filter(({ invariant }) => invariant === 'I9').length}`],
    ['event after its write', `p50 ${ms(percentile(lags, 0.5))}, p99 ${ms(percentile(lags, 0.99))}`],
    [
      'references behind',
      `as told: p50 ${ms(percentile(heard, 0.5))}, p99 ${ms(percentile(heard, 0.99))}; not known: ${share(told.length - heard.length, told.length)}`,
    ],
    ['at rest after', converged.map(ms).join(', ')],
    ['faults', `${recoveries.length}; served again after each:`],
    ...[...kinds].map(([kind, of]): [string, string] => {
      const took = of.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs]));
      return [
        `  ${kind}`,
        `${of.length} times, p50 ${ms(percentile(took, 0.5))}, max ${ms(percentile(took, 1))}`,
      ];
    }),
    ['anomalies', `${anomalies.length}`],
    ...Object.entries(invariants).map(([invariant, promise]): [string, string] => [
      `  ${invariant}`,
      `${anomalies.filter((one) => one.invariant === invariant).length} · ${promise}`,
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** The invariants that a run broke. */
export const broken = ({ anomalies }: Pick<Run, 'anomalies'>): Set<Invariant> =>
  new Set(anomalies.map(({ invariant }) => invariant));

/** Keeps what is needed to see what went wrong, in a folder that it gives back: options, history, log, and an excerpt for each anomaly. */
export async function keep(run: Run, options: RunOptions): Promise<string> {
  const at = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const folder = join(import.meta.dirname, '..', '..', '.results', 'fault', `seed-${options.seed}-${at}`);
  await mkdir(folder, { recursive: true });
  const { env: _, say: __, ...given } = options;
  const lines = (of: readonly object[]) => `${of.map((one) => JSON.stringify(one)).join('\n')}\n`;
  await Promise.all([
    writeFile(
      join(folder, 'options.json'),
      JSON.stringify({ ...given, logs: join(run.home, 'logs') }, null, 2),
    ),
    writeFile(join(folder, 'history.jsonl'), lines(run.operations)),
    writeFile(join(folder, 'log.jsonl'), lines(run.log)),
    writeFile(join(folder, 'faults.json'), JSON.stringify(run.recoveries, null, 2)),
    writeFile(join(folder, 'anomalies.txt'), run.anomalies.map((one) => excerpt(run, one)).join('\n\n')),
  ]);
  return folder;
}

/** What surrounds an anomaly: the versions of its record, and the requests and faults within half a second. */
function excerpt({ operations, log, recoveries }: Run, anomaly: Anomaly): string {
  const { invariant, text, subject, operation } = anomaly;
  const from = (operation?.began ?? 0) - 500;
  const to = (operation?.ended ?? -1) + 500;
  const near =
    operation === undefined ? [] : operations.filter(({ began, ended }) => began < to && ended > from);
  const related = near.filter(({ what }) => sharesKey(what, operation?.what ?? ''));
  return [
    `${invariant}: ${text}`,
    ...log
      .filter((one) => one.subject === subject)
      .map(
        (one) =>
          `  log   ${one.seq} ${one.subject}@${one.v} ${one.verb} ${one.headers['ce-time']} ${JSON.stringify(one.state)} ${one.traceparent}`,
      ),
    ...related.map(
      ({ began, ended, what, status, traceparent }) =>
        `  asked ${began.toFixed(0)}..${ended.toFixed(0)} ${what} → ${status} ${traceparent}`,
    ),
    ...recoveries
      .filter(({ fault }) => operation !== undefined && fault.from < to && fault.to > from)
      .map(
        ({ fault }) => `  fault ${fault.from.toFixed(0)}..${fault.to.toFixed(0)} ${fault.kind} ${fault.on}`,
      ),
  ].join('\n');
}

/** Whether two requests have a name or id in common. */
function sharesKey(one: string, other: string): boolean {
  const keys = (what: string) => what.match(/(?:tag|slug|wanted)-\d+|[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
  const wanted = new Set(keys(other));
  return keys(one).some((key) => wanted.has(key));
}
