import type { Handler, Request, Written } from '@muster/runtime';
import type { ReadTag } from '../read_tag.ts';
import { readTagAddress, type TagAddress } from '../tag_address.ts';
import { writtenTag } from './present.ts';
import { tagPieces } from './tag_pieces.ts';

/** Which tag a request's address names. */
export const tagAddressOf = ({ params }: Request): TagAddress => readTagAddress(params.tag ?? '');

/** Makes the handler of GET of one tag. What is answered is written once for all requests that are given the same view. */
export function tagGetter(readTag: ReadTag): Handler {
  const bodies = new WeakMap<Awaited<ReturnType<ReadTag>>, Written>();
  return async (request) => {
    const found = await readTag(tagAddressOf(request));
    const before = bodies.get(found);
    if (before !== undefined) return { status: 200, written: before };
    const { tag, relations } = found;
    if (Symbol.asyncIterator in relations) return { status: 200, pieces: tagPieces(tag, relations) };
    const written = writtenTag({ tag, relations });
    bodies.set(found, written);
    return { status: 200, written };
  };
}
