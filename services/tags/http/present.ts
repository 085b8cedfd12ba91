import type { ReferenceKind } from '@muster/contracts';
import { contentTag, type Written } from '@muster/runtime';
import { kinds, type Ref } from '../reference.ts';
import { type LiveTag, ofKind, type ShownRelation } from '../tag.ts';
import type { TagView } from '../tag_view.ts';

/** A relation as a list under a tag shows it: `{hostname, href, id}` for an agent. */
export const relationBody = ({ kind, ref, label }: ShownRelation): Record<string, unknown> => ({
  [kinds[kind].labelField]: label,
  href: kinds[kind].href(ref),
  id: ref,
});

/** A relation as its making answers it. */
export const attachedBody = (kind: ReferenceKind, ref: Ref) => ({ href: kinds[kind].href(ref), id: ref });

/** A tag as its own address shows it, its agents and jobs with names and addresses. */
export const tagBody = ({ tag, relations }: TagView) => ({
  agents: ofKind(relations, 'agent').map(relationBody),
  id: tag.id,
  jobs: ofKind(relations, 'job').map(relationBody),
  tag: tag.tag,
});

/** The same as it is sent, with the ETag that `If-Match` speaks of. */
export function writtenTag(view: TagView): Written {
  const text = JSON.stringify(tagBody(view));
  return { text, etag: contentTag(text) };
}

/** A tag as its making and the index show it, its agents and jobs by id. */
export const tagWithIdsBody = (tag: LiveTag, relations: readonly ShownRelation[]) => ({
  id: tag.id,
  tag: tag.tag,
  agents: ofKind(relations, 'agent').map(({ ref }) => ref),
  jobs: ofKind(relations, 'job').map(({ ref }) => ref),
});

/** A tag as a record's list of tags shows it. */
export const tagOfRecordBody = ({ id, tag }: LiveTag) => ({ id, tag, href: `/api/v1/tags/${id}` });

/** The address of a tag by name. */
export const tagHref = (name: string): string => `/api/v1/tags/${encodeURIComponent(name)}`;
