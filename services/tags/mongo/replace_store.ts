import { randomUUIDv7 } from 'node:crypto';
import { changeRecord, firstVersion, type Origin } from '@muster/runtime';
import type { ClientSession, MongoClient } from 'mongodb';
import type { Replaced, ReplaceTagDeps } from '../replace_tag.ts';
import type { LiveTag, Relation } from '../tag.ts';
import { type TaggingDoc, type TagsDb, taggingId } from './collections.ts';
import { newTag, tagChange, toTag, whatIsTaken } from './tag_store.ts';
import { taggingChange } from './tagging_store.ts';

/**
 * The atomic steps of a PUT. They are the only transactions there are: a tag and its relations appear together or not at all. A tag
 * without relations is one document, which needs none.
 */
export type ReplaceStore = Pick<ReplaceTagDeps, 'reincarnateTag' | 'insertTagWith'>;

/** Makes the atomic steps over a service's database. */
export const replaceStore = (client: MongoClient, db: TagsDb): ReplaceStore => ({
  reincarnateTag: (tag, relations, origin) =>
    db.views.changing([tag.id], () =>
      inOneStep(client, relations, async (session) => {
        const incarnation = randomUUIDv7();
        const changed = await changeRecord(db.tags, {
          id: tag.id,
          patch: { incarnation },
          change: tagChange('updated', origin),
          guard: { 'state.incarnation': tag.incarnation },
          ...session,
        });
        if (changed.outcome !== 'changed') return 'gone';
        const replaced = toTag(changed.doc);
        await insertRelations(db, { tag: replaced, relations, origin, session });
        return replaced;
      }),
    ),
  insertTagWith: (tag, relations, origin) =>
    inOneStep(client, relations, async (session) => {
      const doc = newTag(tag, origin);
      await db.tags.insertOne(doc, session);
      const made = toTag(doc);
      await insertRelations(db, { tag: made, relations, origin, session });
      return made;
    }),
});

/** Which session a write belongs to; empty for none. */
type InSession = { readonly session?: ClientSession };

async function inOneStep(
  client: MongoClient,
  relations: readonly Relation[],
  work: (session: InSession) => Promise<Replaced>,
): Promise<Replaced> {
  try {
    if (relations.length === 0) return await work({});
    return await client.withSession((session) => session.withTransaction(() => work({ session })));
  } catch (error) {
    return whatIsTaken(error);
  }
}

async function insertRelations(
  db: TagsDb,
  input: { tag: LiveTag; relations: readonly Relation[]; origin: Origin; session: InSession },
): Promise<void> {
  const { tag, relations, origin, session } = input;
  if (relations.length === 0) return;
  const docs = relations.map(
    ({ kind, ref, born }): TaggingDoc =>
      firstVersion({
        id: taggingId(tag.incarnation, kind, ref),
        state: { tag_id: tag.id, incarnation: tag.incarnation, kind, ref, born },
        change: taggingChange('created', origin),
      }),
  );
  await db.taggings.insertMany(docs, session);
}
