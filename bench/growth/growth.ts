import type { LargeCost } from './measure_large.ts';
import type { ManyCost } from './measure_many.ts';

/** Everything that a run found, and where. */
export type Growth = {
  readonly at: string;
  readonly machine: { readonly cores: number; readonly node: string; readonly load: number };
  readonly many: readonly ManyCost[];
  readonly large: LargeCost;
};

/** What was wrong with the answers or plans of a run, one line each; empty when its figures can be used. */
export function problemsOf({ many, large }: Growth): string[] {
  const costs = [...many, ...large.tags].flatMap((one) => Object.entries(one.costs));
  const answers = costs.flatMap(([name, { wrong }]) =>
    wrong.length === 0 ? [] : [`${name}: ${wrong.length} wrong answers, the first: ${wrong[0]}`],
  );
  const indexes = [...many.map(({ index }) => index), large.index].flatMap(({ wrong }) => wrong);
  const plans = many.flatMap(({ withoutIndex }) => withoutIndex ?? []).map((line) => `no index: ${line}`);
  return [...answers, ...indexes, ...plans];
}

/**
 * How cost grows, each as a ratio: the speed of attaching to the largest tag over that to the smallest, the time that the index takes
 * for a tag at the largest size over that at the base, and its peak of memory likewise.
 */
export function ratiosOf({
  many,
  large,
}: Growth): Readonly<Record<'attach' | 'indexTime' | 'indexMemory', number>> {
  const [smallest, largest] = [large.tags[0]!, large.tags.at(-1)!];
  const [few, most] = [baseOf(many), many.at(-1)!];
  const each = ({ index }: ManyCost) => index.totalMs / index.tags;
  return {
    attach: smallest.costs.attach.p50 / largest.costs.attach.p50,
    indexTime: each(most) / each(few),
    indexMemory: most.index.memoryPeak / few.index.memoryPeak,
  };
}

const FROM_TAGS = 1_000;

/** The size from which on the growth of the index is told: a smaller one costs what any request costs. */
export const baseOf = (many: readonly ManyCost[]): ManyCost =>
  many.find(({ tags }) => tags >= FROM_TAGS) ?? many.at(-1)!;
