import type { Tagging } from '@muster/contracts';
import type { LiveTag, Relation } from '../tag.ts';
import { heldTag, type TagsDb } from './collections.ts';
import { toTag } from './tag_store.ts';

/** A relation as the index over all tags reads it: with the tag and the incarnation it belongs to. */
export type StoredRelation = Relation & { readonly tag_id: number; readonly incarnation: string };

const findFrom = ({ tags }: TagsDb, after: number) =>
  tags.find({ _id: { $gt: after }, live: true }, heldTag).sort({ _id: 1 });

/** The living tags whose id is greater than `after`, by id. */
export async function* tagsFrom(db: TagsDb, after: number): AsyncGenerator<LiveTag> {
  for await (const doc of findFrom(db, after).batchSize(500)) yield toTag(doc);
}

/** The first `limit` living tags whose id is greater than `after`, by id. */
export const tagPage = async (db: TagsDb, after: number, limit: number): Promise<LiveTag[]> =>
  (await findFrom(db, after).limit(limit).toArray()).map(toTag);

/** The stored relations of the tags whose id is greater than `after`, in batches, by tag id, then incarnation, kind and id. */
export async function* relationsFrom({ taggings }: TagsDb, after: number): AsyncGenerator<StoredRelation[]> {
  const cursor = taggings
    .find({ live: true, 'state.tag_id': { $gt: after } }, { projection: { _id: 0, state: 1 } })
    .sort({ 'state.tag_id': 1, 'state.incarnation': 1, 'state.kind': 1, 'state.ref': 1 })
    .batchSize(1_000);
  try {
    while (await cursor.hasNext()) yield cursor.readBufferedDocuments().map(({ state }) => state as Tagging);
  } finally {
    await cursor.close();
  }
}
