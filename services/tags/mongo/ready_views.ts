import { joinedReader, oneOf, openLru, readAtOnce } from '@muster/runtime';
import type { Collection, Filter } from 'mongodb';
import type { TagAddress } from '../tag_address.ts';
import type { KeepViewDeps, ReadyView } from '../tag_view.ts';

/**
 * What stands ready of a tag; `_id` is the tag's id. `name` and `relations`, as JSON text since the driver's work is by the field, are
 * there only while nothing has changed since they were read. `stamp` is another with each change that begins, and `changing` are
 * the marks of changes under way, each with when it was set.
 */
export type TagViewDoc = {
  readonly _id: number;
  readonly stamp: string;
  readonly changing?: Readonly<Record<string, Date>>;
  readonly at: Date;
  readonly name?: string;
  readonly relations?: string;
};

/** The views of tags as they are stored. */
export type Views = Collection<TagViewDoc>;

/** Of so many addresses it is remembered which view was read there last. */
const REMEMBERED = 1_000;

/**
 * Makes a reader of views. Of one that was read before at this address only the stamp is read, by the tag's id, and while that is the same
 * the view is given again, as the same object.
 */
export function readyViews(views: Views): KeepViewDeps['views']['read'] {
  const remembered = openLru<ReadyView>(REMEMBERED);
  const stampOf = joinedReader(
    (ids: number[]) =>
      readAtOnce<TagViewDoc, Pick<TagViewDoc, '_id' | 'stamp'>>(views, {
        ...{ filter: { _id: oneOf(ids) }, limit: ids.length },
        projection: { stamp: 1 },
      }),
    ({ _id }) => _id,
  );
  const byName = joinedReader(
    (names: string[]) => readAll(views, { name: { $in: names } }, names.length),
    ({ tag }) => tag.tag,
  );
  const byId = joinedReader(
    (ids: number[]) => readAll(views, { _id: oneOf(ids) }, ids.length),
    ({ tag }) => tag.id,
  );
  const readWhole = async (address: TagAddress) => {
    if ('name' in address) return byName(address.name);
    return address.id === null ? undefined : byId(address.id);
  };
  return async (address) => {
    const key = 'name' in address ? `=${address.name}` : String(address.id);
    const before = remembered.get(key);
    if (before !== undefined) {
      if ((await stampOf(before.tag.id))?.stamp === before.stamp) return before;
      remembered.delete(key);
    }
    const view = await readWhole(address);
    if (view !== undefined) remembered.set(key, view);
    return view;
  };
}

async function readAll(views: Views, filter: Filter<TagViewDoc>, limit: number): Promise<ReadyView[]> {
  const docs = await readAtOnce<TagViewDoc, Omit<TagViewDoc, 'changing' | 'at'>>(views, {
    ...{ filter, limit },
    projection: { changing: 0, at: 0 },
  });
  return docs.flatMap(({ _id: id, stamp, name: tag, relations }) => {
    if (tag === undefined || relations === undefined) return [];
    return {
      ...{ tag: { id, tag }, stamp },
      get relations() {
        return JSON.parse(relations);
      },
    };
  });
}
