import type { Origin } from '@muster/runtime';
import type { FindTag, LiveTag } from './tag.ts';

/** What the making of a tag needs. */
export type CreateTagDeps = {
  readonly nextId: () => Promise<number>;
  /** Makes the tag, or says what is taken: its name, or its id (by a PUT under that id). */
  readonly insertTag: (
    id: number,
    name: string,
    origin: Origin,
  ) => Promise<LiveTag | 'name taken' | 'id taken'>;
  readonly findTag: FindTag;
};

/** Makes a tag, or finds the one of that name. Of any number of callers at once exactly one makes it. */
export async function createTag(
  name: string,
  origin: Origin,
  deps: CreateTagDeps,
): Promise<{ tag: LiveTag; isNew: boolean }> {
  for (;;) {
    const made = await deps.insertTag(await deps.nextId(), name, origin);
    if (made === 'id taken') continue;
    if (made !== 'name taken') return { tag: made, isNew: true };
    const tag = await deps.findTag({ name });
    if (tag !== undefined) return { tag, isNew: false };
    // It was deleted between the two steps, so its name is free again.
  }
}
