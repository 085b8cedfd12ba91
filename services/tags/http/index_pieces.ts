import type { ReferenceKind } from '@muster/contracts';
import type { IndexStep } from '../list_tags.ts';
import type { LiveTag } from '../tag.ts';

const PIECE = 16 * 1024;

/**
 * Writes the index as the pieces of one JSON array. Relations arrive by kind, agents before jobs, so that even the list of one
 * tag is written as it comes.
 */
export async function* indexPieces(steps: AsyncIterable<IndexStep>): AsyncGenerator<string> {
  let piece = '[';
  let tag: LiveTag | undefined;
  let list: ReferenceKind = 'agent';
  let first = true;
  for await (const step of steps) {
    if ('tag' in step) {
      if (tag !== undefined) piece += `${endOf(tag, list)},`;
      tag = step.tag;
      list = 'agent';
      first = true;
      piece += '{"agents":[';
    } else if (step.relation.kind !== 'assembler') {
      if (list === 'agent' && step.relation.kind === 'job') {
        piece += '],"jobs":[';
        list = 'job';
        first = true;
      }
      piece += `${first ? '' : ','}${JSON.stringify(step.relation.ref)}`;
      first = false;
    }
    if (piece.length > PIECE) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}${tag === undefined ? '' : endOf(tag, list)}]`;
}

const endOf = (tag: LiveTag, list: ReferenceKind): string =>
  `]${list === 'agent' ? ',"jobs":[]' : ''},"id":${tag.id},"tag":${JSON.stringify(tag.tag)}}`;
