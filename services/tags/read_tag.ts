import type { ReferenceKind } from '@muster/contracts';
import { openLru } from '@muster/runtime';
import type { Reference } from './reference.ts';
import { type ShowManyDeps, showRelations, streamRelations } from './show_tag.ts';
import { type FindTag, type LiveTag, type Relation, requireTag, type ShownRelation } from './tag.ts';
import type { TagAddress } from './tag_address.ts';

/**
 * Reads the tag that an address names with its relations that hold, of one kind or of all, by kind and id: as a list, or, where they
 * are too many to be held or to be read within the time of an answer, as they come.
 *
 * @throws {AppError} `not_found` for an address that names no tag.
 */
export type ReadTag = (
  address: TagAddress,
  kind?: ReferenceKind,
) => Promise<{
  readonly tag: LiveTag;
  readonly relations: readonly ShownRelation[] | AsyncGenerator<ShownRelation>;
}>;

/** What an address named when it was read last: a guess at what its next reader needs, and never an answer. */
type Guess = { readonly tag: LiveTag; readonly references: readonly Reference[] };

/** So many guesses are kept, each of at most so many references: about 5 MB. */
const REMEMBERED = 5_000;
const FEW = 20;

/**
 * Makes a reader of tags. A tag, its relations and what is known of their records are read one after another where it has never read
 * the tag before, and all at once where it can guess what to ask for. Whatever it guessed wrong it asks for again; so an answer is made of
 * nothing that was not read for it.
 */
export function tagReader(deps: ShowManyDeps & { readonly findTag: FindTag }): ReadTag {
  const guesses = openLru<Guess>(REMEMBERED);
  return async (address, kind) => {
    const place = JSON.stringify(address);
    const guess = guesses.get(place);
    const guessed = guess && readGuess(guess, deps);
    const tag = await requireTag(address, deps);
    const isSame = tag.incarnation === guess?.tag.incarnation;
    const few = await (isSame ? guessed?.relations : deps.fewRelationsOf(tag));
    if (few === undefined) return { tag, relations: streamRelations(tag, deps, kind) };
    if (few.length <= FEW) guesses.set(place, { tag, references: few });
    const wanted = kind === undefined ? few : few.filter((relation) => relation.kind === kind);
    return { tag, relations: await showRelations(wanted, deps, await guessed?.known) };
  };
}

function readGuess({ tag, references }: Guess, deps: ShowManyDeps) {
  const relations: Promise<readonly Relation[] | undefined> = deps.fewRelationsOf(tag);
  const known = deps.knownReferences(references);
  // Not awaited where the guess was wrong, nor where the tag itself could not be read.
  for (const read of [relations, known]) read.catch(() => {});
  return { relations, known };
}
