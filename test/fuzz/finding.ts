/** Something that a driver found wrong, and the command that shows it again. */
export interface Finding {
  readonly driver: 'schemathesis' | 'fast-check';
  /** The operation or the property that it was found by. */
  readonly at: string;
  readonly text: string;
  readonly reproduce: string;
}

/** What a driver did, and what it found. */
export interface Outcome {
  readonly driver: Finding['driver'];
  readonly requests: number;
  /** How many answers by the first digit of their status; `none` where there was no answer. */
  readonly classes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** A table of what each driver did, with a line for each finding under it. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const head = ['driver', 'requests', '2xx', '3xx', '4xx', '5xx', 'none', 'slowest', 'findings'];
  const rows = outcomes.map(({ driver, requests, classes, slowestMs, findings }) => [
    driver,
    `${requests}`,
    ...['2xx', '3xx', '4xx', '5xx', 'none'].map((name) => `${classes[name] ?? 0}`),
    `${Math.round(slowestMs)} ms`,
    `${findings.length}`,
  ]);
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  const found = outcomes.flatMap(({ findings }) => findings).map(textOf);
  return [line(head), ...rows.map(line), ...found.map((text) => `\n${text}`)].join('\n');
}

const textOf = ({ driver, at, text, reproduce }: Finding): string =>
  `FOUND by ${driver}: ${at}\n${text}\nAgain: ${reproduce}`;
