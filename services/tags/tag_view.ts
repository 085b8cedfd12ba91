import { openLru } from '@muster/runtime';
import { referenceKey } from './reference.ts';
import { showRelations } from './show_tag.ts';
import type { FindTag, LiveTag, Relation, ShownRelation } from './tag.ts';
import type { TagAddress } from './tag_address.ts';
import type { VerifyDeps } from './verify_references.ts';

/** A tag as it is shown, with its relations that hold, of all kinds, by kind and id. */
export type TagView = {
  readonly tag: Pick<LiveTag, 'id' | 'tag'>;
  readonly relations: readonly ShownRelation[];
};

/** A view as it stands ready; that of one tag is always the same under one `stamp`. */
export type ReadyView = TagView & { readonly stamp: string };

/** What keeping views of tags needs. */
export type KeepViewDeps = Pick<VerifyDeps, 'knownReferences'> & {
  readonly findTag: FindTag;
  readonly fewRelationsOf: (tag: LiveTag) => Promise<readonly Relation[] | undefined>;
  readonly views: {
    /** What stands ready of the tag that an address names; the same object while it is the same. */
    readonly read: (address: TagAddress) => Promise<ReadyView | undefined>;
    /** The stamp under which what is read from now on may be kept; undefined while the tag changes. */
    readonly open: (id: number) => Promise<string | undefined>;
    /** Keeps a view, unless the tag has begun to change since its stamp was opened. */
    readonly keep: (view: TagView, stamp: string) => Promise<void>;
  };
};

/** A tag with more relations has no view. */
const FEW = 100;

/** Of so many tags it is remembered how many relations they had when they were read last. */
const REMEMBERED = 10_000;

/**
 * Makes a function that is told what was read of a tag, and keeps a view of one that was found twice with as many relations: a tag that
 * changes between any two reads would have it made for nothing.
 */
export function viewKeeper(deps: KeepViewDeps): (tag: LiveTag, relations: readonly Relation[]) => void {
  const counts = openLru<number>(REMEMBERED);
  const making = new Set<number>();
  return ({ id, incarnation }, { length }) => {
    const isSame = counts.get(incarnation) === length;
    counts.set(incarnation, length);
    if (!isSame || length > FEW || making.has(id)) return;
    making.add(id);
    // Without it the next reader goes the long way.
    makeView(id, deps)
      .catch(() => {})
      .finally(() => making.delete(id));
  };
}

/** Everything is read after the stamp was opened, so whatever changes meanwhile takes it away. */
async function makeView(id: number, deps: KeepViewDeps): Promise<void> {
  const stamp = await deps.views.open(id);
  if (stamp === undefined) return;
  const tag = await deps.findTag({ id });
  const relations = tag && (await deps.fewRelationsOf(tag));
  if (tag === undefined || relations === undefined || relations.length > FEW) return;
  const known = await deps.knownReferences(relations);
  // The first version of a record takes no view away.
  if (!relations.every((relation) => known.has(referenceKey(relation)))) return;
  await deps.views.keep({ tag, relations: await showRelations(relations, deps, known) }, stamp);
}
