import { eventType, type Tagging, type Verb } from '@muster/contracts';
import {
  asked,
  buryRecord,
  type Change,
  changeRecord,
  insertRecord,
  type Origin,
  stamp,
} from '@muster/runtime';
import type { Reference } from '../reference.ts';
import type { LiveTag, Relation } from '../tag.ts';
import { type TagsDb, taggingId } from './collections.ts';
import { readRelations } from './joined_relations.ts';
import { toTag } from './tag_store.ts';

/** What a write to a tagging says about itself. */
export const taggingChange = (verb: Verb, origin: Pick<Change, 'by' | 'traceparent'>): Change =>
  asked(eventType('tagging', verb), origin);

/** Makes a relation; false when it was there. */
export const insertTagging = (
  db: TagsDb,
  tag: LiveTag,
  input: { relation: Relation; origin: Origin },
): Promise<boolean> => db.views.changing([tag.id], () => insertOrRenew(db, tag, input));

async function insertOrRenew(
  { taggings }: TagsDb,
  tag: LiveTag,
  input: { relation: Relation; origin: Origin },
): Promise<boolean> {
  const { kind, ref, born } = input.relation;
  const id = taggingId(tag.incarnation, kind, ref);
  const state = { tag_id: tag.id, incarnation: tag.incarnation, kind, ref, born };
  const { outcome, doc } = await insertRecord(taggings, {
    id,
    state,
    change: taggingChange('created', input.origin),
  });
  if (outcome !== 'exists') return true;
  if (doc.state.born >= born) return false;
  // Left from an earlier life of the record, which this service has not yet cleared away.
  const renewed = await changeRecord(taggings, {
    id,
    patch: { born },
    change: taggingChange('updated', input.origin),
    guard: { 'state.born': { $lt: born } },
  });
  return renewed.outcome === 'changed';
}

/** Takes a tag off a record, if it is on it; with `born`, only the relation to that life of the record. */
export async function buryTagging(
  { taggings, views }: TagsDb,
  tag: LiveTag,
  input: { reference: Reference & { born?: number }; origin: Origin },
): Promise<void> {
  const { kind, ref, born } = input.reference;
  const id = taggingId(tag.incarnation, kind, ref);
  const change = taggingChange('deleted', input.origin);
  const guard = born === undefined ? {} : { guard: { 'state.born': born } };
  await views.changing([tag.id], () => buryRecord(taggings, { id, change, ...guard }));
}

/** The stored relations of a tag's incarnation, by kind and id. */
export const relationsOf = async (db: TagsDb, tag: LiveTag): Promise<Relation[]> =>
  (await db.fewRelationsOf(tag)) ?? readRelations(db.taggings, tag);

/** The stored relations of a record, by tag id, each with its tag as it is now; those of past incarnations left out. */
export async function tagsOf(
  { taggings, tags }: TagsDb,
  { kind, ref }: Reference,
): Promise<{ relation: Relation; tag: LiveTag }[]> {
  const docs = await taggings
    .find({ live: true, 'state.kind': kind, 'state.ref': { $eq: ref } })
    .sort({ 'state.tag_id': 1 })
    .toArray();
  const relations = docs.map(({ state }) => state as Tagging);
  const ids = relations.map((relation) => relation.tag_id);
  const found = await tags.find({ _id: { $in: ids }, live: true }).toArray();
  const byId = new Map(found.map((doc) => [doc._id, toTag(doc)]));
  return relations.flatMap((relation) => {
    const tag = byId.get(relation.tag_id);
    return tag?.incarnation === relation.incarnation ? [{ relation, tag }] : [];
  });
}

/**
 * Takes many taggings off at once, each guarded by the version it was read at: what changed meanwhile is left alone. Nobody asked for
 * it, so it has no origin. Gives back whether all of them were taken off.
 */
export async function buryTaggings(
  { taggings }: TagsDb,
  found: readonly { readonly _id: string; readonly v: number }[],
): Promise<boolean> {
  if (found.length === 0) return true;
  const change = taggingChange('deleted', { by: null, traceparent: null });
  const writes = found.map(({ _id, v }) => ({
    updateOne: {
      filter: { _id, v, live: true },
      update: {
        $set: { live: false, last: stamp(change, []) },
        $unset: { state: '' as const },
        $inc: { v: 1 },
      },
    },
  }));
  const { matchedCount } = await taggings.bulkWrite(writes, { ordered: false });
  return matchedCount === found.length;
}
