import type { GoalName } from './options.ts';
import type { Turn, Turns } from './rounds.ts';
import { median, type Spread } from './statistics.ts';

/** One line of the table of goals. */
export interface Judged {
  readonly goal: GoalName;
  readonly what: string;
  /** The figures that are compared, with their units. */
  readonly figures: string;
  /** What is judged, and the same with its unit. */
  readonly value: number;
  readonly result: string;
  readonly bound: string;
  readonly holds: boolean;
}

/** A contender's figures in one group, medians over its turns. */
export interface Raw extends Turn {
  readonly group: string;
  readonly contender: string;
}

/** Judges a ratio by its median; `atLeast` or `atMost` says which way. */
export function judgeRatio(
  line: Pick<Judged, 'goal' | 'what' | 'figures'>,
  ratio: Spread,
  bound: { readonly atLeast: number } | { readonly atMost: number },
): Judged {
  const [sign, limit] = 'atLeast' in bound ? ['≥', bound.atLeast] : ['≤', bound.atMost];
  return {
    ...line,
    value: ratio.median,
    result: `${ratio.median.toFixed(2)} × (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`,
    bound: `${sign} ${limit.toFixed(2)} ×`,
    holds: sign === '≥' ? ratio.median >= limit : ratio.median <= limit,
  };
}

/** Judges a figure with a unit, which must not be above its limit. A figure that is no number does not hold. */
export const judgeLimit = (
  line: Pick<Judged, 'goal' | 'what' | 'figures'>,
  figure: number,
  { limit, unit }: { readonly limit: number; readonly unit: string },
): Judged => ({
  ...line,
  value: figure,
  result: `${figure.toFixed(1)} ${unit}`,
  bound: `≤ ${limit} ${unit}`,
  holds: figure <= limit,
});

/** The medians of each contender of a group. */
export const rawOf = (group: string, turns: Turns): Raw[] =>
  [...turns].map(([contender, all]) => {
    const of = (name: keyof Turn) => median(all.map((turn) => turn[name]));
    return {
      group,
      contender,
      rate: of('rate'),
      p50: of('p50'),
      p99: of('p99'),
      ownCpu: of('ownCpu'),
      belowCpu: of('belowCpu'),
      memory: of('memory'),
      settledMs: of('settledMs'),
    };
  });

/** The table of raw figures in lines of text. */
export const rawLines = (raw: readonly Raw[]): string[] =>
  table(
    ['group', 'contender', 'requests/s', 'p50 ms', 'p99 ms', 'own µs', 'below µs', 'RSS MB', 'left ms'],
    raw.map((one) => [
      one.group,
      one.contender,
      one.rate.toFixed(0),
      one.p50.toFixed(2),
      one.p99.toFixed(2),
      one.ownCpu.toFixed(0),
      one.belowCpu.toFixed(0),
      one.memory.toFixed(0),
      one.settledMs.toFixed(0),
    ]),
  );

/** The table of goals in lines of text, in the order of their numbers. */
export const goalLines = (judged: readonly Judged[]): string[] =>
  table(
    ['goal', 'what', 'figures', 'result', 'bound', ''],
    judged
      .toSorted((a, b) => Number(a.goal.slice(1)) - Number(b.goal.slice(1)))
      .map(({ goal, what, figures, result, bound, holds }) => [
        goal,
        what,
        figures,
        result,
        bound,
        holds ? 'holds' : 'missed',
      ]),
  );

/** Columns of a common width under their names; those whose cells are all numbers stand right. */
export function table(names: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = names.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const right = names.map(
    (_, at) => rows.length > 0 && rows.every((row) => /^(NaN|-?[\d.]+)$/.test(row[at] ?? '')),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (right[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [
    line(names),
    widths
      .map((width) => '-'.repeat(width))
      .join('  ')
      .trimEnd(),
    ...rows.map(line),
  ];
}
