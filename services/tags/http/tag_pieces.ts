import type { ReferenceKind } from '@muster/contracts';
import { jsonArray } from '@muster/runtime';
import type { ShownRelation } from '../tag.ts';
import type { TagView } from '../tag_view.ts';
import { relationBody } from './present.ts';

/** Writes what `tagBody` gives as the pieces of its JSON. Relations come by kind, agents before jobs. */
export async function* tagPieces(
  tag: TagView['tag'],
  relations: AsyncGenerator<ShownRelation>,
): AsyncGenerator<string> {
  let next = await relations.next();
  async function* ofKind(kind: ReferenceKind) {
    for (; !next.done && next.value.kind <= kind; next = await relations.next()) {
      if (next.value.kind === kind) yield relationBody(next.value);
    }
  }
  try {
    yield '{"agents":';
    yield* jsonArray(ofKind('agent'));
    yield `,"id":${tag.id},"jobs":`;
    yield* jsonArray(ofKind('job'));
    yield `,"tag":${JSON.stringify(tag.tag)}}`;
  } finally {
    await relations.return(undefined);
  }
}

/** Writes a list of relations as the pieces of a JSON array. */
export async function* relationPieces(relations: AsyncIterable<ShownRelation>): AsyncGenerator<string> {
  const bodies = async function* () {
    for await (const relation of relations) yield relationBody(relation);
  };
  yield* jsonArray(bodies());
}
