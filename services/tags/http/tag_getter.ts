import { type Handler, openLru, type Request, type Written } from '@muster/runtime';
import type { ReadTag } from '../read_tag.ts';
import { readTagAddress, type TagAddress } from '../tag_address.ts';
import { writtenTag } from './present.ts';
import { tagPieces } from './tag_pieces.ts';

/** Which tag a request's address names. */
export const tagAddressOf = ({ params }: Request): TagAddress => readTagAddress(params.tag ?? '');

/** The bodies of so many tags are kept as they were written. */
const MOST_WRITTEN = 1_000;

/**
 * Makes the handler of GET of one tag. Each request reads the tag's view; what is answered is written once for each of its stamps, under
 * which the view of that tag is always the same. Tags that were forgotten together have one stamp.
 */
export function tagGetter(readTag: ReadTag): Handler {
  const bodies = openLru<Written>(MOST_WRITTEN);
  return async (request) => {
    const found = await readTag(tagAddressOf(request));
    const { tag, stamp } = found;
    const state = stamp === undefined ? '' : `${tag.id} ${stamp}`;
    const before = bodies.get(state);
    if (before !== undefined) return { status: 200, written: before };
    const { relations } = found;
    if (Symbol.asyncIterator in relations) return { status: 200, pieces: tagPieces(tag, relations) };
    const written = writtenTag({ tag, relations });
    if (state !== '') bodies.set(state, written);
    return { status: 200, written };
  };
}
