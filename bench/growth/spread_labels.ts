/** A label beside the place `at`, drawn at `y`; both on a logarithmic axis. */
export type Label = { readonly text: string; readonly at: number; readonly y: number };

/** Moves labels apart until each stands at least the factor `ratio` above the one below, keeping their order; lowest first. */
export function spreadLabels(
  labels: readonly { readonly text: string; readonly at: number }[],
  ratio: number,
): Label[] {
  const placed: Label[] = [];
  for (const label of labels.toSorted((one, other) => one.at - other.at)) {
    const below = placed.at(-1);
    placed.push({ ...label, y: below === undefined ? label.at : Math.max(label.at, below.y * ratio) });
  }
  return placed;
}
