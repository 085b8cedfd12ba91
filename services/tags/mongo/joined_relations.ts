import type { ReferenceKind, Tag, Tagging } from '@muster/contracts';
import { inBatches, readAtOnce } from '@muster/runtime';
import type { Collection, Filter } from 'mongodb';
import type { Relation } from '../tag.ts';
import type { TaggingDoc } from './collections.ts';

type Taggings = Collection<TaggingDoc>;

/** As the index `of_tag` has them, so that nothing is sorted. */
const order = { 'state.tag_id': 1, 'state.incarnation': 1, 'state.kind': 1, 'state.ref': 1 } as const;

/**
 * The most relations of a tag that are read at once, and the most of several tags together: a tag that has more than fit with the others is
 * read by itself, and keeps nobody waiting.
 */
const ROWS = 1_000;

const query = (filter: Filter<TaggingDoc>) => ({
  filter: { live: true, ...filter },
  projection: { _id: 0, state: 1 } as const,
  sort: order,
});

const find = (taggings: Taggings, given: Filter<TaggingDoc>) => {
  const { filter, ...options } = query(given);
  return taggings.find(filter, options);
};

const ofTag = (tag: Tag, kind?: ReferenceKind): Filter<TaggingDoc> => ({
  'state.tag_id': tag.id,
  'state.incarnation': tag.incarnation,
  ...(kind === undefined ? {} : { 'state.kind': kind }),
});

/** The first so many of them. */
const readFirst = async (taggings: Taggings, filter: Filter<TaggingDoc>, limit: number): Promise<Tagging[]> =>
  (await readAtOnce<TaggingDoc, { state: Tagging }>(taggings, { ...query(filter), limit })).map(
    ({ state }) => state,
  );

const toRelation = ({ kind, ref, born }: Tagging): Relation => ({ kind, ref, born });

/** Reads all stored relations of one tag's incarnation, by kind and id. */
export const readRelations = async (taggings: Taggings, tag: Tag): Promise<Relation[]> =>
  (await find(taggings, ofTag(tag)).toArray()).map(({ state }) => toRelation(state as Tagging));

/** Reads the stored relations of one tag's incarnation in batches, by kind and id; of one kind, or of all. */
export async function* relationBatches(
  taggings: Taggings,
  tag: Tag,
  kind?: ReferenceKind,
): AsyncGenerator<Relation[]> {
  const cursor = find(taggings, ofTag(tag, kind)).batchSize(ROWS);
  try {
    while (await cursor.hasNext()) {
      yield cursor.readBufferedDocuments().map(({ state }) => toRelation(state as Tagging));
    }
  } finally {
    await cursor.close();
  }
}

/**
 * Makes a reader of the stored relations of a tag's incarnation, by kind and id, which reads those of several tags at once; undefined for
 * a tag with more than 1,000.
 */
export function joinedRelations(taggings: Taggings): (tag: Tag) => Promise<Relation[] | undefined> {
  const alone = async (tag: Tag) => {
    const rows = await readFirst(taggings, ofTag(tag), ROWS + 1);
    return rows.length > ROWS ? undefined : rows.map(toRelation);
  };
  return inBatches<Tag, Relation[] | undefined>(
    async (tags) => {
      const [first] = tags;
      if (tags.length === 1 && first !== undefined) return [await alone(first)];
      // Of every incarnation: to name these too would have the server look for each of them under each tag.
      const rows = await readFirst(taggings, { 'state.tag_id': { $in: tags.map(({ id }) => id) } }, ROWS);
      const byIncarnation = Map.groupBy(rows, ({ incarnation }) => incarnation);
      const cutAt = rows.length < ROWS ? Number.POSITIVE_INFINITY : (rows.at(-1)?.tag_id ?? 0);
      return await Promise.all(
        tags.map((tag) =>
          tag.id < cutAt ? (byIncarnation.get(tag.incarnation) ?? []).map(toRelation) : alone(tag),
        ),
      );
    },
    { most: 50, underWay: 2 },
  );
}
