import type { ReferenceKind } from '@muster/contracts';
import { type Reference, referenceKey } from './reference.ts';
import { holds, type LiveTag, type Relation, type ShownRelation } from './tag.ts';
import type { VerifyDeps } from './verify_references.ts';

/** What showing a tag's relations needs. */
export type ShowDeps = Pick<VerifyDeps, 'knownReferences'> & {
  /** The stored relations of a tag's incarnation, by kind and id; of one kind, or of all. */
  readonly relationsOf: (tag: LiveTag, kind?: ReferenceKind) => Promise<readonly Relation[]>;
  /** The stored relations of a record, by tag id, each with its tag as it is now. */
  readonly tagsOf: (reference: Reference) => Promise<readonly { relation: Relation; tag: LiveTag }[]>;
};

/** The relations of a tag that hold, each with the name of its record. */
export async function showRelations(
  tag: LiveTag,
  deps: ShowDeps,
  kind?: ReferenceKind,
): Promise<readonly ShownRelation[]> {
  const relations = await deps.relationsOf(tag, kind);
  if (relations.length === 0) return [];
  const known = await deps.knownReferences(relations);
  return relations.flatMap((relation) => {
    const entry = known.get(referenceKey(relation));
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
