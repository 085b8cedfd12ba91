/** How long one kind of request took, in ms, over `count` right answers; `wrong` tells of the others. */
export type Cost = {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
  readonly wrong: readonly string[];
};

/** Does one request, the `turn`th of its kind, and throws when its answer is not right. */
export type OneRequest = (turn: number) => Promise<void>;

/** How often a request is made: unmeasured first, then measured. */
export type Turns = { readonly warm: number; readonly counted: number };

/**
 * Times kinds of requests, one request after another; the kinds take turns, so that whatever else the machine does meanwhile strikes
 * them alike.
 */
export async function timeRequests<const N extends string>(
  kinds: Readonly<Record<N, OneRequest>>,
  { warm, counted }: Turns,
): Promise<Record<N, Cost>> {
  const kept = Object.entries<OneRequest>(kinds).map(([name, request]) => ({
    name,
    request,
    times: [] as number[],
    wrong: [] as string[],
  }));
  for (let turn = 0; turn < warm + counted; turn += 1) {
    for (const { request, times, wrong } of kept) {
      const began = performance.now();
      try {
        await request(turn);
        if (turn >= warm) times.push(performance.now() - began);
      } catch (error) {
        wrong.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  const costs = kept.map(({ name, times, wrong }): [string, Cost] => [
    name,
    { p50: quantile(times, 0.5), p95: quantile(times, 0.95), count: times.length, wrong },
  ]);
  return Object.fromEntries(costs) as Record<N, Cost>;
}

/** The smallest of the values that a share `part` (0 to 1) of them does not exceed; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
