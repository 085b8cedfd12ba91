import type { ReferenceKind } from '@muster/contracts';
import { type KnownReference, type Reference, referenceKey } from './reference.ts';
import { holds, type LiveTag, type Relation, type ShownRelation } from './tag.ts';
import type { VerifyDeps } from './verify_references.ts';

/** What showing a tag's relations needs. */
export type ShowDeps = Pick<VerifyDeps, 'knownReferences'> & {
  /** The stored relations of a tag's incarnation, by kind and id. */
  readonly relationsOf: (tag: LiveTag) => Promise<readonly Relation[]>;
  /** The stored relations of a record, by tag id, each with its tag as it is now. */
  readonly tagsOf: (reference: Reference) => Promise<readonly { relation: Relation; tag: LiveTag }[]>;
};

/** All relations of a tag that hold, each with the name of its record. */
export const showRelationsOf = async (tag: LiveTag, deps: ShowDeps): Promise<readonly ShownRelation[]> =>
  showRelations(await deps.relationsOf(tag), deps);

/** What showing as many relations as there may be needs. */
export type ShowManyDeps = Pick<VerifyDeps, 'knownReferences'> & {
  /** The stored relations of a tag's incarnation, by kind and id; undefined where they are too many to be read at once. */
  readonly fewRelationsOf: (tag: LiveTag) => Promise<readonly Relation[] | undefined>;
  /** The same in batches; of one kind, or of all. */
  readonly relationsInBatches: (tag: LiveTag, kind?: ReferenceKind) => AsyncIterable<readonly Relation[]>;
};

/** The relations of a tag that hold, of one kind or of all, each with the name of its record, as they come. */
export async function* streamRelations(
  tag: LiveTag,
  deps: ShowManyDeps,
  kind?: ReferenceKind,
): AsyncGenerator<ShownRelation> {
  for await (const batch of deps.relationsInBatches(tag, kind)) yield* await showRelations(batch, deps);
}

/** Those of some relations that hold, each with the name of its record; `early` is what was read of some records already. */
export async function showRelations(
  relations: readonly Relation[],
  deps: Pick<VerifyDeps, 'knownReferences'>,
  early?: ReadonlyMap<string, KnownReference>,
): Promise<readonly ShownRelation[]> {
  // A record that was read before the relation was may have begun the life that the relation is to just in between.
  const entries = relations.map((relation) => {
    const entry = early?.get(referenceKey(relation));
    return holds(relation, entry) ? entry : undefined;
  });
  const unread = relations.filter((_, at) => entries[at] === undefined);
  const known = unread.length === 0 ? undefined : await deps.knownReferences(unread);
  return relations.flatMap((relation, at) => {
    const entry = entries[at] ?? known?.get(referenceKey(relation));
    return holds(relation, entry) ? [{ ...relation, label: entry?.label ?? null }] : [];
  });
}

/** The tags that are on a record which lives its life number `born`. */
export async function showTagsOf(
  reference: Reference,
  born: number,
  deps: ShowDeps,
): Promise<readonly LiveTag[]> {
  const found = await deps.tagsOf(reference);
  return found.filter(({ relation }) => relation.born === born).map(({ tag }) => tag);
}
