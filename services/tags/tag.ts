import { AppError, type ReferenceKind, type Tag } from '@muster/contracts';
import type { KnownReference, Reference } from './reference.ts';
import type { TagAddress } from './tag_address.ts';

/** A living tag with its version. */
export type LiveTag = Tag & { readonly v: number };

/** A tag's relation to a record, and the life of that record for which it was made. */
export type Relation = Reference & { readonly born: number };

/** A relation that holds, with what is known of the record. */
export type ShownRelation = Relation & { readonly label: string | null };

/** Those of some relations that are of one kind; without a kind all. */
export const ofKind = <R extends Reference>(relations: readonly R[], kind?: ReferenceKind): readonly R[] =>
  kind === undefined ? relations : relations.filter((relation) => relation.kind === kind);

/** Finds the living tag that an address names. */
export type FindTag = (address: TagAddress) => Promise<LiveTag | undefined>;

/** Throws when a write is not wanted any more, given the tag that it is about to change; asked again whenever that is another. */
export type Condition = (current: LiveTag | undefined) => Promise<void>;

/** The error for an address that names no tag. */
const tagUnknown = (address: TagAddress): AppError =>
  new AppError('not_found', 'tag_unknown', { tag: 'name' in address ? address.name : (address.id ?? '?') });

/**
 * The tag that an address names.
 *
 * @throws {AppError} `not_found`.
 */
export async function requireTag(address: TagAddress, deps: { findTag: FindTag }): Promise<LiveTag> {
  const tag = await deps.findTag(address);
  if (tag === undefined) throw tagUnknown(address);
  return tag;
}

/** Whether a relation may be shown: its record is not known to be dead, nor to live another life than the one it was tagged in. */
export const holds = (relation: Relation, known: KnownReference | undefined): boolean =>
  known === undefined || (known.live && known.born === relation.born);
