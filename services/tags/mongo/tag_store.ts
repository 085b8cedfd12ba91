import { randomUUIDv7 } from 'node:crypto';
import { eventType, type Tag, type Verb } from '@muster/contracts';
import {
  asked,
  buryRecord,
  type Change,
  duplicateKey,
  firstVersion,
  insertGrouped,
  type LiveDoc,
  type Origin,
} from '@muster/runtime';
import type { Deletion } from '../delete_tag.ts';
import type { LiveTag } from '../tag.ts';
import type { TagAddress } from '../tag_address.ts';
import type { HeldTag, TagsDb } from './collections.ts';

/** Why a tag could not be made. */
export type Taken = 'name taken' | 'id taken';

/** What a write to a tag says about itself. */
export const tagChange = (verb: Verb, origin: Origin): Change => asked(eventType('tag', verb), origin);

/** A living tag as the rules see it. */
export const toTag = ({ state, v }: HeldTag): LiveTag => ({ ...(state as Tag), v });

/** Finds a living tag by name or id. */
export async function findTag({ tagOf }: TagsDb, address: TagAddress): Promise<LiveTag | undefined> {
  if ('id' in address && address.id === null) return undefined;
  const doc = 'name' in address ? await tagOf.name(address.name) : await tagOf.id(address.id as number);
  return doc === undefined ? undefined : toTag(doc);
}

/**
 * The first version of a tag under an id that was never used. It is inserted, never revived: the tombstone of a deleted tag
 * keeps its id taken for good.
 */
export const newTag = (tag: { id: number; tag: string }, origin: Origin): LiveDoc<Tag, number> =>
  firstVersion({
    id: tag.id,
    state: { id: tag.id, tag: tag.tag, incarnation: randomUUIDv7() },
    change: tagChange('created', origin),
  });

/** Makes a tag without relations. */
export async function insertTag(
  { tags }: TagsDb,
  tag: { id: number; tag: string },
  origin: Origin,
): Promise<LiveTag | Taken> {
  const doc = newTag(tag, origin);
  try {
    await insertGrouped(tags, doc);
    return toTag(doc);
  } catch (error) {
    return whatIsTaken(error);
  }
}

/** What a duplicate key says is taken; any other error is thrown again. */
export function whatIsTaken(error: unknown): Taken {
  const fields = duplicateKey(error);
  if (fields === undefined) throw error;
  return fields.includes('_id') ? 'id taken' : 'name taken';
}

/** Deletes the living tag that an address names, if there is one and the condition holds for it. */
export async function buryTag(db: TagsDb, { address, condition }: Deletion, origin: Origin): Promise<void> {
  for (;;) {
    const tag = await findTag(db, address);
    await condition?.(tag);
    if (tag === undefined) return;
    const { id, incarnation } = tag;
    const deletion = {
      id,
      change: tagChange('deleted', origin),
      guard: { 'state.incarnation': incarnation },
    };
    const { outcome } = await db.views.changing([id], () => buryRecord(db.tags, deletion));
    if (outcome === 'buried') return;
    // It was replaced or deleted between the two steps. By name it may be another tag by now, so look again.
  }
}
