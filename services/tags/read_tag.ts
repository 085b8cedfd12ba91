import type { ReferenceKind } from '@muster/contracts';
import { type ShowManyDeps, showRelations, streamRelations } from './show_tag.ts';
import { ofKind, requireTag, type ShownRelation } from './tag.ts';
import type { TagAddress } from './tag_address.ts';
import { type KeepViewDeps, type TagView, viewKeeper } from './tag_view.ts';

/**
 * Reads the tag that an address names with its relations that hold, of one kind or of all, by kind and id: as a list, or, where they
 * are too many to be held or to be read within the time of an answer, as they come. While a tag's view is the same, it is the same object
 * that is given.
 *
 * @throws {AppError} `not_found` for an address that names no tag.
 */
export type ReadTag = (
  address: TagAddress,
  kind?: ReferenceKind,
) => Promise<{
  readonly tag: TagView['tag'];
  readonly relations: readonly ShownRelation[] | AsyncGenerator<ShownRelation>;
}>;

/**
 * Makes a reader of tags: from the view that stands ready, or else the tag, its relations and what is known of their records one after
 * another.
 */
export function tagReader(deps: ShowManyDeps & KeepViewDeps): ReadTag {
  const keepView = viewKeeper(deps);
  return async (address, kind) => {
    const view = await deps.views.read(address);
    if (view !== undefined)
      return kind === undefined ? view : { tag: view.tag, relations: ofKind(view.relations, kind) };
    const tag = await requireTag(address, deps);
    const few = await deps.fewRelationsOf(tag);
    if (few === undefined) return { tag, relations: streamRelations(tag, deps, kind) };
    keepView(tag, few);
    return { tag, relations: await showRelations(ofKind(few, kind), deps) };
  };
}
