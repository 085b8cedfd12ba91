import { AppError, MAX_ID, type ReplaceTag } from '@muster/contracts';
import { type Answer, checkIfMatch, type Handler, type Request } from '@muster/runtime';
import { type CreateTagDeps, createTag } from '../create_tag.ts';
import { type DeleteTagDeps, deleteTag } from '../delete_tag.ts';
import type { InTurn } from '../in_turn.ts';
import { type ListTagsDeps, listTags } from '../list_tags.ts';
import type { ReadTag } from '../read_tag.ts';
import { kinds, type Ref, type Reference } from '../reference.ts';
import { type ReplaceTagDeps, replaceTag } from '../replace_tag.ts';
import { type ShowDeps, showRelationsOf } from '../show_tag.ts';
import type { Condition, FindTag, LiveTag } from '../tag.ts';
import { indexPieces } from './index_pieces.ts';
import { tagHref, tagWithIdsBody, writtenTag } from './present.ts';
import { tagAddressOf, tagGetter } from './tag_getter.ts';

/** What the operations on tags need. */
export type TagHandlersDeps = CreateTagDeps &
  ReplaceTagDeps &
  DeleteTagDeps &
  ShowDeps &
  ListTagsDeps & {
    readonly findTag: FindTag;
    readonly readTag: ReadTag;
    /** Orders the replacements of one tag. */
    readonly inTurn: InTurn;
    readonly tagsFrom: (after: number) => AsyncIterable<LiveTag>;
    readonly tagPage: (after: number, limit: number) => Promise<readonly LiveTag[]>;
  };

type TagHandlers = Readonly<
  Record<'listTags' | 'createTag' | 'describeTags' | 'getTag' | 'replaceTag' | 'deleteTag', Handler>
>;

/** The handlers of the operations on tags. */
export const tagHandlers = (deps: TagHandlersDeps): TagHandlers => ({
  listTags: async ({ query }) => {
    const after = readAfter(query.after);
    if (query.limit === undefined) {
      return { status: 200, pieces: indexPieces(listTags(deps.tagsFrom(after), after, deps)) };
    }
    const limit = Number(query.limit);
    const found = await deps.tagPage(after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1)?.id;
    const next =
      found.length > limit ? { Link: `</api/v1/tags/?limit=${limit}&after=${last}>; rel="next"` } : {};
    return { status: 200, pieces: indexPieces(listTags(page, after, deps)), headers: next };
  },
  createTag: async ({ input, origin }) => {
    const { tag, isNew } = await createTag(input<{ tag: string }>().tag, origin, deps);
    const relations = isNew ? [] : await showRelationsOf(tag, deps);
    const headers = { Location: tagHref(tag.tag) };
    return { status: isNew ? 201 : 200, body: tagWithIdsBody(tag, relations), headers };
  },
  describeTags: async () => ({ status: 200, body: { id: 'INTEGER', tag: 'VARCHAR(64)' } }),
  getTag: tagGetter(deps.readTag),
  replaceTag: async (request) => {
    const address = tagAddressOf(request);
    const { tag: given, agents = [], jobs = [] } = request.input<ReplaceTag>();
    const references = [...readRefs('agent', agents), ...readRefs('job', jobs)];
    const replacement = { address, given, references, condition: unchanged(request, deps) };
    const { id, tag } = await deps.inTurn(request.params.tag ?? '', () =>
      replaceTag(replacement, request.origin, deps),
    );
    return { status: 201, body: { id, tag }, headers: { Location: tagHref(tag) } };
  },
  deleteTag: async (request): Promise<Answer> => {
    const deletion = { address: tagAddressOf(request), condition: unchanged(request, deps) };
    await deleteTag(deletion, request.origin, deps);
    return { status: 204 };
  },
});

function readAfter(given: string | number | undefined): number {
  if (given === undefined) return 0;
  const after = Number(given);
  if (/^[0-9]+$/.test(String(given))) return Math.min(after, MAX_ID);
  throw new AppError('invalid_argument', 'field.after', { field: 'after' });
}

const readRefs = (kind: 'agent' | 'job', given: readonly Ref[]): Reference[] =>
  given.map((ref) => ({ kind, ref: kinds[kind].parse(ref) ?? ref }));

/**
 * The condition that a request's `If-Match` makes: it speaks of what a GET of the same address answers. The write itself is done
 * only to the incarnation that was looked at, so of two replacements under one ETag one is refused.
 */
function unchanged({ ifMatch }: Request, deps: ShowDeps): Condition | undefined {
  if (ifMatch === undefined) return undefined;
  return async (tag) => {
    const shown = tag && writtenTag({ tag, relations: await showRelationsOf(tag, deps) });
    checkIfMatch(ifMatch, shown?.etag);
  };
}
