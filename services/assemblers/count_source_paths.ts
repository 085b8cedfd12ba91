import { type Assembler, type ChangeEvent, eventType } from '@muster/contracts';
import type { Change, Changed, Clock, FoldedChange } from '@muster/runtime';
import type { HeldAssembler, Taken } from './assembler.ts';

/** The version of a source path that an event tells; the slug is null for a deleted one. */
export type SeenPath = { readonly id: string; readonly v: number; readonly slug: string | null };

/** What the counting of source paths needs. */
export type CountSourcePathsDeps = Clock & {
  /** Takes versions into the read model, where older ones change nothing, and gives every slug that each path was ever under. */
  readonly fold: (paths: readonly SeenPath[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** How many living source paths the read model has under each slug; none for one that is left out. */
  readonly countBySlug: (slugs: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly findMany: (slugs: readonly string[]) => Promise<readonly HeldAssembler[]>;
  /** Changes the assembler if it still has that version. One atomic step. */
  readonly change: (input: {
    readonly id: string;
    readonly patch: Partial<Assembler>;
    readonly revisions: readonly number[];
    readonly change: Change;
  }) => Promise<Changed<Assembler, string> | Taken>;
};

/**
 * Keeps `source_path_count` right. It is never added to: whatever an event says, the assemblers that it touches are counted
 * anew, so an event that comes twice, or again after a crash half way, counts once. Their own events count them too, since
 * an assembler may be made after its source paths.
 */
export async function countSourcePaths(
  changes: readonly FoldedChange[],
  deps: CountSourcePathsDeps,
): Promise<void> {
  const paths: SeenPath[] = [];
  const own: ChangeEvent[] = [];
  for (const { event } of changes) {
    if (event.type !== 'assembler') paths.push({ id: event.key, v: event.v, slug: slugOf(event.state) });
    else if (event.state !== null) own.push(event);
  }
  const slugs = await deps.fold(paths);
  const causes = await miscounted(own, deps);
  for (const { event } of changes) {
    for (const slug of slugs.get(event.key) ?? []) causes.set(slug, event.traceparent);
  }
  await recount(causes, deps);
}

/**
 * The assemblers whose event tells another count than there is, with its trace. Nearly all tell the right one, and need not be read: one
 * that has changed since has a later event.
 */
async function miscounted(
  events: readonly ChangeEvent[],
  { countBySlug }: CountSourcePathsDeps,
): Promise<Map<string, string | null>> {
  if (events.length === 0) return new Map();
  const counts = await countBySlug(events.map(({ key }) => key));
  const wrong = events.filter(({ key, state }) => state?.source_path_count !== (counts.get(key) ?? 0));
  return new Map(wrong.map(({ key, traceparent }) => [key, traceparent]));
}

const slugOf = (state: Readonly<Record<string, unknown>> | null): string | null =>
  state === null ? null : String(state.assembler_slug);

/**
 * The assembler's version is read before its paths are counted and must still be the same when the count is written: so of
 * several instances none can overwrite a newer count with an older one.
 */
async function recount(
  causes: ReadonlyMap<string, string | null>,
  deps: CountSourcePathsDeps,
): Promise<void> {
  let left = [...causes.keys()];
  while (left.length > 0) {
    const assemblers = await deps.findMany(left);
    const counts = await deps.countBySlug(assemblers.map(({ _id }) => _id));
    left = [];
    for (const { _id: slug, v, state } of assemblers) {
      const count = counts.get(slug) ?? 0;
      if (count === state.source_path_count) continue;
      const { outcome } = await deps.change({
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
      if (outcome === 'refused' || outcome === 'conflict') left.push(slug);
    }
  }
}
