import { type Assembler, eventType } from '@muster/contracts';
import type { Change, Clock, FoldedChange } from '@muster/runtime';
import type { HeldAssembler } from './assembler.ts';

/** The version of a source path that an event tells; the slug is null for a deleted one. */
export type SeenPath = { readonly id: string; readonly v: number; readonly slug: string | null };

/** What the counting of source paths needs. */
export type CountSourcePathsDeps = Clock & {
  /** Takes versions into the read model, where older ones change nothing, and gives every slug that each path was ever under. */
  readonly fold: (paths: readonly SeenPath[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** How many living source paths the read model has under each slug; none for one that is left out. */
  readonly countBySlug: (slugs: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly findMany: (slugs: readonly string[]) => Promise<readonly HeldAssembler[]>;
  /** Changes the assembler if it still has that version, in one atomic step. What came of it, the next count tells. */
  readonly change: (input: {
    readonly id: string;
    readonly patch: Partial<Assembler>;
    readonly revisions: readonly number[];
    readonly change: Change;
  }) => Promise<unknown>;
};

/**
 * Keeps `source_path_count` right. It is never added to: whatever an event says, the assemblers that it touches are counted
 * anew, so an event that comes twice, or again after a crash half way, counts once.
 */
export async function countSourcePaths(
  changes: readonly FoldedChange[],
  deps: CountSourcePathsDeps,
): Promise<void> {
  const paths = changes.map(({ event }) => ({ id: event.key, v: event.v, slug: slugOf(event.state) }));
  const slugs = await deps.fold(paths);
  const causes = new Map<string, string | null>();
  for (const { event } of changes) {
    for (const slug of slugs.get(event.key) ?? []) causes.set(slug, event.traceparent);
  }
  await recount(causes, deps);
}

/** An assembler as it was seen: its slug, its count, and the trace of what made it. */
export type SeenAssembler = Pick<Assembler, 'slug' | 'source_path_count'> & {
  readonly traceparent: string | null;
};

/**
 * Counts the source paths of an assembler that was made, perhaps after them. Nearly every one has none, and need not be read: a path that
 * comes later finds it.
 */
export async function countPathsOf(
  { slug, source_path_count, traceparent }: SeenAssembler,
  deps: Omit<CountSourcePathsDeps, 'fold'> & { readonly countOf: (slug: string) => Promise<number> },
): Promise<void> {
  if ((await deps.countOf(slug)) !== source_path_count) await recount(new Map([[slug, traceparent]]), deps);
}

const slugOf = (state: Readonly<Record<string, unknown>> | null): string | null =>
  state === null ? null : String(state.assembler_slug);

/**
 * The assembler's version is read before its paths are counted and must still be the same when the count is written: so of several
 * instances none can overwrite a newer count with an older one. One that finds its own count there writes none, though, and an older one may
 * then still be written by another: so whoever has written counts once more, until what is there is right.
 */
async function recount(
  causes: ReadonlyMap<string, string | null>,
  deps: Omit<CountSourcePathsDeps, 'fold'>,
): Promise<void> {
  let left = [...causes.keys()];
  while (left.length > 0) {
    const assemblers = await deps.findMany(left);
    const counts = await deps.countBySlug(assemblers.map(({ _id }) => _id));
    left = [];
    for (const { _id: slug, v, state } of assemblers) {
      const count = counts.get(slug) ?? 0;
      if (count === state.source_path_count) continue;
      await deps.change({
        id: slug,
        patch: { source_path_count: count },
        revisions: [v],
        change: {
          type: eventType('assembler', 'updated'),
          at: deps.now(),
          by: null,
          traceparent: causes.get(slug) ?? null,
        },
      });
      left.push(slug);
    }
  }
}
