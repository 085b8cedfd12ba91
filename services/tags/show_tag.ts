import type { ReferenceKind } from '@muster/contracts';
import { type Reference, referenceKey } from './reference.ts';
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
export const showRelations = async (tag: LiveTag, deps: ShowDeps): Promise<readonly ShownRelation[]> =>
  showThose(await deps.relationsOf(tag), deps);

/** What showing as many relations as there may be needs. */
export type ShowManyDeps = Pick<VerifyDeps, 'knownReferences'> & {
  /** The stored relations of a tag's incarnation, by kind and id; undefined where they are too many to be read at once. */
  readonly fewRelationsOf: (tag: LiveTag) => Promise<readonly Relation[] | undefined>;
  /** The same in batches; of one kind, or of all. */
  readonly relationsInBatches: (tag: LiveTag, kind?: ReferenceKind) => AsyncIterable<readonly Relation[]>;
};

/**
 * The relations of a tag that hold, of one kind or of all, each with the name of its record, by kind and id: as a list, or, where they are
 * too many to be held or to be read within the time of an answer, as they come.
 */
export async function showFewOrMany(
  tag: LiveTag,
  deps: ShowManyDeps,
  kind?: ReferenceKind,
): Promise<readonly ShownRelation[] | AsyncGenerator<ShownRelation>> {
  const few = await deps.fewRelationsOf(tag);
  if (few === undefined) return streamRelations(tag, deps, kind);
  return showThose(kind === undefined ? few : few.filter((relation) => relation.kind === kind), deps);
}

async function* streamRelations(
  tag: LiveTag,
  deps: ShowManyDeps,
  kind?: ReferenceKind,
): AsyncGenerator<ShownRelation> {
  for await (const batch of deps.relationsInBatches(tag, kind)) yield* await showThose(batch, deps);
}

async function showThose(
  relations: readonly Relation[],
  deps: Pick<VerifyDeps, 'knownReferences'>,
): Promise<readonly ShownRelation[]> {
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
