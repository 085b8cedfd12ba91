import type { FoldedChange } from '@muster/runtime';

/** What clearing up behind replaced and deleted tags needs. */
export type FollowTagsDeps = {
  /** Removes the stored relations of a tag's past incarnations. */
  readonly buryPastRelations: (id: number) => Promise<void>;
};

/**
 * Removes what is stored of the relations of past incarnations, told by this service's own events, so that it happens whatever
 * process dies. They were invisible from the moment the tag was replaced or deleted.
 */
export async function followTags(changes: readonly FoldedChange[], deps: FollowTagsDeps): Promise<void> {
  for (const { event } of changes) {
    if (event.type !== 'tag' || event.verb === 'created') continue;
    await deps.buryPastRelations(Number(event.key));
  }
}
