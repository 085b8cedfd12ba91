import type { ReferenceKind, Tag, Tagging } from '@muster/contracts';
import { inBatches } from '@muster/runtime';
import type { Collection, Filter } from 'mongodb';
import type { Relation } from '../tag.ts';
import type { TaggingDoc } from './collections.ts';

type Taggings = Collection<TaggingDoc>;

/** As the index `of_tag` has them, so that nothing is sorted. */
const order = { 'state.tag_id': 1, 'state.incarnation': 1, 'state.kind': 1, 'state.ref': 1 } as const;

/** So many rows are read for several tags together; a tag that has more is read by itself, and keeps nobody waiting. */
const ROWS = 1_000;

const read = async (taggings: Taggings, filter: Filter<TaggingDoc>, limit = 0): Promise<Tagging[]> => {
  const cursor = taggings.find({ live: true, ...filter }, { projection: { _id: 0, state: 1 } }).sort(order);
  const docs = await (limit === 0 ? cursor : cursor.limit(limit).batchSize(limit + 1)).toArray();
  return docs.map(({ state }) => state as Tagging);
};

const toRelation = ({ kind, ref, born }: Tagging): Relation => ({ kind, ref, born });

/** Reads the stored relations of one tag's incarnation, by kind and id; of one kind, or of all. */
export async function readRelations(taggings: Taggings, tag: Tag, kind?: ReferenceKind): Promise<Relation[]> {
  const rows = await read(taggings, {
    'state.tag_id': tag.id,
    'state.incarnation': tag.incarnation,
    ...(kind === undefined ? {} : { 'state.kind': kind }),
  });
  return rows.map(toRelation);
}

/** Makes a reader of the stored relations of a tag's incarnation, which reads those of several tags at once. */
export function joinedRelations(taggings: Taggings): (tag: Tag) => Promise<Relation[]> {
  return inBatches<Tag, Relation[]>(
    async (tags) => {
      const [first] = tags;
      if (tags.length === 1 && first !== undefined) return [await readRelations(taggings, first)];
      const filter = {
        'state.tag_id': { $in: tags.map(({ id }) => id) },
        'state.incarnation': { $in: tags.map(({ incarnation }) => incarnation) },
      };
      const rows = await read(taggings, filter, ROWS);
      const byIncarnation = Map.groupBy(rows, ({ incarnation }) => incarnation);
      const cutAt = rows.length < ROWS ? Number.POSITIVE_INFINITY : (rows.at(-1)?.tag_id ?? 0);
      return await Promise.all(
        tags.map((tag) =>
          tag.id < cutAt
            ? (byIncarnation.get(tag.incarnation) ?? []).map(toRelation)
            : readRelations(taggings, tag),
        ),
      );
    },
    { most: 50, underWay: 2 },
  );
}
