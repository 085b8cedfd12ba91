import type { Origin } from '@muster/runtime';
import type { Condition } from './tag.ts';
import type { TagAddress } from './tag_address.ts';

/** Which tag is to go, and on what condition. */
export type Deletion = { readonly address: TagAddress; readonly condition?: Condition | undefined };

/** What the deletion of a tag needs. */
export type DeleteTagDeps = {
  readonly buryTag: (deletion: Deletion, origin: Origin) => Promise<void>;
};

/** Deletes the tag, if there is one. Its relations are gone with it at once; what is stored of them is swept behind. */
export const deleteTag = (deletion: Deletion, origin: Origin, deps: DeleteTagDeps): Promise<void> =>
  deps.buryTag(deletion, origin);
