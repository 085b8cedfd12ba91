import { type Reference, referenceKey } from './reference.ts';
import { holds, type LiveTag, type Relation } from './tag.ts';
import type { VerifyDeps } from './verify_references.ts';

/** A stored relation that the sweep looks at, with what removing it needs to know. */
export type SweptTagging = Relation & {
  readonly id: string;
  readonly v: number;
  readonly tag_id: number;
  readonly incarnation: string;
};

/** A tombstone that the sweep may forget for good. */
export type Tombstone = { readonly id: string; readonly v: number };

/** What the sweep needs. */
export type SweepDeps = Pick<VerifyDeps, 'knownReferences'> & {
  readonly storedTaggings: () => AsyncIterable<readonly SweptTagging[]>;
  readonly tagsById: (ids: readonly number[]) => Promise<ReadonlyMap<number, LiveTag>>;
  readonly buryTaggings: (taggings: readonly SweptTagging[]) => Promise<unknown>;
  /** Tombstones of dead incarnations that are older than an hour. */
  readonly deadTombstones: () => AsyncIterable<readonly Tombstone[]>;
  /** Forgets the last state of a tagging in FARM_STATE; false when its last version is not published yet. */
  readonly forgetState: (tombstone: Tombstone) => Promise<boolean>;
  readonly dropTombstones: (tombstones: readonly Tombstone[]) => Promise<void>;
};

/** What a sweep did, in taggings. */
export type Sweep = { readonly buried: number; readonly dropped: number };

/**
 * Goes over all taggings. Removes those that do not hold: what `attachReference` leaves when its process dies between its
 * write and its second look. Drops the tombstones of dead incarnations, which can never come back, from the database and from
 * FARM_STATE, so that neither grows with every PUT.
 */
export async function sweepTaggings(deps: SweepDeps): Promise<Sweep> {
  let buried = 0;
  for await (const batch of deps.storedTaggings()) {
    const [tags, known] = await Promise.all([
      deps.tagsById([...new Set(batch.map(({ tag_id }) => tag_id))]),
      deps.knownReferences(batch as readonly Reference[]),
    ]);
    const dangling = batch.filter(
      (tagging) =>
        tags.get(tagging.tag_id)?.incarnation !== tagging.incarnation ||
        !holds(tagging, known.get(referenceKey(tagging))),
    );
    await deps.buryTaggings(dangling);
    buried += dangling.length;
  }
  let dropped = 0;
  for await (const batch of deps.deadTombstones()) {
    const forgotten: Tombstone[] = [];
    for (const tombstone of batch) if (await deps.forgetState(tombstone)) forgotten.push(tombstone);
    await deps.dropTombstones(forgotten);
    dropped += forgotten.length;
  }
  return { buried, dropped };
}
