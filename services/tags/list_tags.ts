import { referenceKey } from './reference.ts';
import { holds, type LiveTag, type Relation } from './tag.ts';
import type { VerifyDeps } from './verify_references.ts';

/** A relation with the tag and the incarnation it belongs to. */
type StoredRelation = Relation & { readonly tag_id: number; readonly incarnation: string };

/** What the index over all tags needs. */
export type ListTagsDeps = Pick<VerifyDeps, 'knownReferences'> & {
  /** Stored relations by tag id, in batches. */
  readonly relationsFrom: (after: number) => AsyncIterable<readonly StoredRelation[]>;
};

/** One step through the index: a tag begins, or a relation of the tag that began last. */
export type IndexStep = { readonly tag: LiveTag } | { readonly relation: Relation };

/**
 * Walks tags by id together with their relations that hold: two ordered streams, merged as they come, so that neither all tags
 * nor all relations of one ever stand in memory.
 */
export async function* listTags(
  tags: AsyncIterable<LiveTag> | Iterable<LiveTag>,
  after: number,
  deps: ListTagsDeps,
): AsyncGenerator<IndexStep> {
  const relations = holding(after, deps);
  let next = await relations.next();
  try {
    for await (const tag of tags) {
      yield { tag };
      for (; !next.done && next.value.tag_id <= tag.id; next = await relations.next()) {
        const { value } = next;
        if (value.tag_id === tag.id && value.incarnation === tag.incarnation) yield { relation: value };
      }
    }
  } finally {
    await relations.return(undefined);
  }
}

async function* holding(after: number, deps: ListTagsDeps): AsyncGenerator<StoredRelation, undefined> {
  for await (const batch of deps.relationsFrom(after)) {
    const known = await deps.knownReferences(batch);
    yield* batch.filter((relation) => holds(relation, known.get(referenceKey(relation))));
  }
  return undefined;
}
