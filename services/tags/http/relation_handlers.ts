import { AppError, type ReferenceKind } from '@muster/contracts';
import type { Handler, Origin, Request } from '@muster/runtime';
import { type AttachDeps, attachReference } from '../attach_reference.ts';
import type { ReadTag } from '../read_tag.ts';
import { kinds, type Ref, type Reference, referenceKey } from '../reference.ts';
import { type ShowDeps, showTagsOf } from '../show_tag.ts';
import { type LiveTag, requireTag } from '../tag.ts';
import { verifyReferences } from '../verify_references.ts';
import { attachedBody, relationBody, tagOfRecordBody } from './present.ts';
import { tagAddressOf } from './tag_getter.ts';
import { relationPieces } from './tag_pieces.ts';

/** What the operations on relations need. */
export type RelationHandlersDeps = AttachDeps &
  ShowDeps & {
    readonly readTag: ReadTag;
    readonly detachTagging: (tag: LiveTag, reference: Reference, origin: Origin) => Promise<void>;
  };

/** The four operations on one kind of relation. */
export type RelationHandlers = {
  readonly list: Handler;
  readonly attach: Handler;
  readonly detach: Handler;
  readonly tagsOf: Handler;
};

/** The handlers of the operations on one kind of relation; `field` names the record in the body, `param` in the address. */
export const relationHandlers = (
  kind: ReferenceKind,
  names: { field: string; param: string },
  deps: RelationHandlersDeps,
): RelationHandlers => ({
  list: async (request) => {
    const { relations } = await deps.readTag(tagAddressOf(request), kind);
    return Symbol.asyncIterator in relations
      ? { status: 200, pieces: relationPieces(relations) }
      : { status: 200, body: relations.map(relationBody) };
  },
  attach: async (request) => {
    const tag = await requireTag(tagAddressOf(request), deps);
    const given = request.input<Record<string, Ref>>()[names.field] ?? '';
    const ref = kinds[kind].parse(given) ?? given;
    const isNew = await attachReference({ tag, reference: { kind, ref }, origin: request.origin }, deps);
    const body = attachedBody(kind, ref);
    return { status: isNew ? 201 : 200, body, headers: { Location: body.href } };
  },
  detach: async (request) => {
    const tag = await requireTag(tagAddressOf(request), deps);
    const ref = kinds[kind].parse(request.params.id ?? '');
    // An id that no record can have is on no tag.
    if (ref !== undefined) await deps.detachTagging(tag, { kind, ref }, request.origin);
    return { status: 204 };
  },
  tagsOf: async (request) => {
    const reference = referenceIn(request, kind, names.param);
    const lives = await verifyReferences('', [reference], deps).catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'not_found' ? recordUnknown(reference) : error;
    });
    const tags = await showTagsOf(reference, lives.get(referenceKey(reference)) ?? 1, deps);
    return { status: 200, body: tags.map(tagOfRecordBody) };
  },
});

const recordUnknown = ({ kind, ref }: Reference): AppError =>
  new AppError('not_found', 'record_unknown', { kind, id: ref });

function referenceIn({ params }: Request, kind: ReferenceKind, param: string): Reference {
  const given = params[param] ?? '';
  const ref = kinds[kind].parse(given);
  if (ref === undefined) throw recordUnknown({ kind, ref: given });
  return { kind, ref };
}
