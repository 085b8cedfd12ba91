import { randomUUIDv7 } from 'node:crypto';
import { inBatches, serverEpoch } from '@muster/runtime';
import type { UpdateFilter } from 'mongodb';
import type { KeepViewDeps } from '../tag_view.ts';
import { readyViews, type TagViewDoc, type Views } from './ready_views.ts';
import { type MarkKey, sharedMarks } from './shared_marks.ts';

/** A view is read anew after so many seconds, and what is kept of a tag that nobody reads or changes is removed. */
export const VIEW_KEPT_S = 600;

/** A mark that nobody took away has no force after so many ms: the last write of a request is refused or done long before. */
const MARKED_MS = 60_000;

const JOINED = { most: 200, underWay: 2 };

/**
 * Tags with what is shown of their relations, each in one document, which is forgotten before anything of it changes
 * (docs/decisions/011).
 */
export type TagViews = KeepViewDeps['views'] & {
  /** Does what may change what tags show: nothing stands ready of them from before it begins until after it is done. */
  readonly changing: <T>(ids: readonly number[], change: () => Promise<T>) => Promise<T>;
  /** Forgets what stands ready of tags. */
  readonly forget: (ids: readonly number[]) => Promise<void>;
};

/** Those marks of a document that have force still, by the clock of the database. */
const inForce = {
  $arrayToObject: {
    $filter: {
      input: { $objectToArray: { $ifNull: ['$changing', {}] } },
      as: 'mark',
      cond: { $gt: ['$$mark.v', { $subtract: ['$$NOW', MARKED_MS] }] },
    },
  },
};

/** With another stamp nothing stands ready, nor is kept of what was read before. */
const forgotten = () => ({ $set: { stamp: randomUUIDv7() }, $unset: { name: '', relations: '' } as const });

const each = <V>(fields: readonly string[], value: V) =>
  Object.fromEntries(fields.map((field) => [field, value]));

const setMarks = (fields: readonly string[]): UpdateFilter<TagViewDoc> => ({
  ...forgotten(),
  $currentDate: { at: true, ...(each(fields, true) as Record<never, true>) },
});

const takeMarksAway = (fields: readonly string[]) => ({ $unset: each(fields, '' as const) });

/** Opens the views of tags that are kept in a collection. */
export function tagViews(views: Views): TagViews {
  async function forget(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await views.updateMany({ _id: { $in: [...ids] } }, forgotten());
  }
  return {
    read: readyViews(views),
    changing: sharedMarks({
      newId: randomUUIDv7,
      epoch: serverEpoch(views.db),
      set: inBatches(forMarks(views, setMarks, true), JOINED),
      takeAway: inBatches(forMarks(views, takeMarksAway, false), { ...JOINED, apartMs: 50 }),
      forget: (id) => forget([id]),
    }),
    forget,
    async open(id) {
      const stamp = { $ifNull: ['$stamp', randomUUIDv7()] };
      const doc = await views.findOneAndUpdate(
        { _id: id },
        [{ $set: { stamp, changing: inForce, at: '$$NOW' } }],
        { upsert: true, returnDocument: 'after' },
      );
      return Object.keys(doc?.changing ?? {}).length === 0 ? doc?.stamp : undefined;
    },
    async keep({ tag, relations }, stamp) {
      const text = JSON.stringify(relations);
      await views.updateOne({ _id: tag.id, stamp }, { $set: { name: tag.tag, relations: text } });
    },
  };
}

/** Does the update of each tag that marks name, given the fields of these. */
function forMarks(
  views: Views,
  updateOf: (fields: readonly string[]) => UpdateFilter<TagViewDoc>,
  upsert: boolean,
) {
  return async (marks: readonly MarkKey[]): Promise<undefined[]> => {
    const writes = [...Map.groupBy(marks, ({ tag }) => tag)].map(([_id, those]) => {
      const update = updateOf(those.map(({ id }) => `changing.${id}`));
      return { updateOne: { filter: { _id }, update, upsert } };
    });
    // A change is acknowledged by the majority, and what was written before it then is, too.
    await views.bulkWrite(writes, { ordered: false, writeConcern: { w: 1 } });
    return marks.map(() => undefined);
  };
}
