/** What one side tells of a record; of a copy that was spoilt, anything. */
type Told = {
  readonly live?: unknown;
  readonly v?: unknown;
  readonly born?: unknown;
  readonly label?: unknown;
} | null;

/** A record of which its owner and the copy tell different things. */
type Difference = { readonly id: string; readonly owner: Told; readonly read_model: Told };

/** What the farm answers to a comparison. */
export type Comparison = {
  readonly equal: boolean;
  readonly position: number;
  readonly kinds: Readonly<
    Record<
      string,
      { readonly owner: number; readonly read_model: number; readonly differing: readonly Difference[] }
    >
  >;
};

/** What the farm answers to a repair. */
export type Repair = {
  readonly healed: number;
  readonly position: number;
  readonly kinds: Readonly<
    Record<string, { readonly healed: readonly Difference[]; readonly left: readonly string[] }>
  >;
};

const number = (value: number): string => value.toLocaleString('en');

/** Lines in columns, the first one to the left and all others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const cell = (text: string, at: number) =>
    at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!);
  return rows.map((row) => row.map(cell).join('   '));
}

const said = (told: Told): string =>
  told === null
    ? 'unknown'
    : `${told.live === true ? 'there' : told.live === false ? 'deleted' : `live ${JSON.stringify(told.live)}`}, version ${told.v}, born at ${told.born}, named ${JSON.stringify(told.label ?? null)}`;

const named = (kind: string, { id, owner, read_model }: Difference): string[] => [
  `  ${kind} ${id}`,
  `    its owner: ${said(owner)}`,
  `    the copy:  ${said(read_model)}`,
];

/** A comparison as people read it. */
export function comparisonText({ equal, position, kinds }: Comparison): string {
  const head = ['kind', 'at its owner', 'copied', 'differing'];
  const rows = Object.entries(kinds).map(([kind, { owner, read_model, differing }]) => [
    kind,
    number(owner),
    number(read_model),
    number(differing.length),
  ]);
  const differing = Object.entries(kinds).flatMap(([kind, one]) =>
    one.differing.flatMap((difference) => named(kind, difference)),
  );
  const verdict = equal
    ? 'Equal: the copies of the tags service are as their owners have the records.'
    : 'Different. `npm run integrity -- --repair` puts right what is named here, and nothing else.';
  return [`At sequence ${number(position)} of FARM`, ...columns([head, ...rows]), ...differing, verdict].join(
    '\n',
  );
}

/** A repair as people read it. */
export function repairText({ healed, kinds }: Repair): string {
  const lines = Object.entries(kinds).flatMap(([kind, one]) => [
    ...one.healed.flatMap((difference) => named(kind, difference)),
    ...one.left.map((id) => `  ${kind} ${id} changed just then and was left alone`),
  ]);
  const left = Object.values(kinds).reduce((sum, one) => sum + one.left.length, 0);
  const verdict =
    left === 0 ? [] : ['Not all was put right. Run `npm run integrity` again to see how it is now.'];
  return [`Healed ${number(healed)}${healed === 0 ? ': nothing differed.' : ':'}`, ...lines, ...verdict].join(
    '\n',
  );
}

/** Whether a repair put right all that it found. */
export const isWhole = ({ kinds }: Repair): boolean =>
  Object.values(kinds).every(({ left }) => left.length === 0);
