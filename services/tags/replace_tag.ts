import { AppError } from '@muster/contracts';
import type { Origin } from '@muster/runtime';
import { type FollowReferencesDeps, overtaken } from './follow_references.ts';
import { type Reference, referenceKey } from './reference.ts';
import type { Condition, FindTag, LiveTag, Relation } from './tag.ts';
import { checkTagName, type TagAddress } from './tag_address.ts';
import { type VerifyDeps, verifyReferences } from './verify_references.ts';

/** What is to stand under an address: the name, where the body gives one, and every relation that is to hold. */
export type Replacement = {
  readonly address: TagAddress;
  readonly given: string | undefined;
  readonly references: readonly Reference[];
  readonly condition?: Condition | undefined;
};

/** The outcome of the atomic step that writes a tag and its relations. */
export type Replaced = LiveTag | 'name taken' | 'id taken' | 'gone';

/** What the replacing of a tag needs. */
export type ReplaceTagDeps = VerifyDeps & {
  readonly findTag: FindTag;
  readonly nextId: () => Promise<number>;
  readonly clearLater: FollowReferencesDeps['clearLater'];
  /** Gives a living tag a new incarnation with these relations, all in one step; `gone` when it has changed meanwhile. */
  readonly reincarnateTag: (
    tag: LiveTag,
    relations: readonly Relation[],
    origin: Origin,
  ) => Promise<Replaced>;
  /** Makes a tag with these relations, all in one step. */
  readonly insertTagWith: (
    tag: { id: number; tag: string },
    relations: readonly Relation[],
    origin: Origin,
  ) => Promise<Replaced>;
};

/**
 * Creates a tag with its relations, or replaces the one under the address: it keeps its id, and every relation that is not
 * listed is dropped. A replacement that is refused leaves the old tag whole.
 *
 * @throws {AppError} `invalid_argument` for a name that differs from the address, `not_found` for an unknown id without a name or
 * an unknown reference, `not_unique` for an id that was used before or a name of another tag, `unavailable`.
 */
export async function replaceTag(input: Replacement, origin: Origin, deps: ReplaceTagDeps): Promise<LiveTag> {
  const { address } = input;
  if ('name' in address) checkTagName(address.name);
  for (;;) {
    const current = await deps.findTag(address);
    await input.condition?.(current);
    const name = nameFor(input, current);
    const relations = await verified(name, input.references, deps);
    const result =
      current === undefined
        ? await deps.insertTagWith({ id: await idFor(address, deps), tag: name }, relations, origin)
        : await deps.reincarnateTag(current, relations, origin);
    if (typeof result === 'object') {
      // A record that died since it was verified was cleared behind before these relations were there.
      const known = relations.length === 0 ? new Map() : await deps.knownReferences(relations);
      for (const turn of overtaken(relations, known)) deps.clearLater(turn);
      return result;
    }
    if ('id' in address) refuseForGood(result, address, name);
    // Someone else made, replaced or deleted the tag meanwhile: look again.
  }
}

function nameFor({ address, given }: Replacement, current: LiveTag | undefined): string {
  const known = 'name' in address ? address.name : current?.tag;
  if (known !== undefined) {
    if (given !== undefined && given !== known) {
      throw new AppError('invalid_argument', 'tag_name_differs', { given, tag: known });
    }
    return known;
  }
  const id = 'id' in address ? (address.id ?? '?') : '?';
  if (given === undefined) throw new AppError('not_found', 'tag_id_needs_name', { tag: id });
  if (id === '?') throw new AppError('invalid_argument', 'tag_id_impossible');
  return given;
}

async function idFor(address: TagAddress, deps: ReplaceTagDeps): Promise<number> {
  return 'id' in address && address.id !== null ? address.id : deps.nextId();
}

async function verified(
  tag: string,
  references: readonly Reference[],
  deps: VerifyDeps,
): Promise<Relation[]> {
  const once = [...new Map(references.map((reference) => [referenceKey(reference), reference])).values()];
  const born = await verifyReferences(tag, once, deps);
  return once.map((reference) => ({ ...reference, born: born.get(referenceKey(reference)) ?? 1 }));
}

function refuseForGood(
  result: Exclude<Replaced, LiveTag>,
  address: { id: number | null },
  name: string,
): void {
  if (result === 'name taken') throw new AppError('not_unique', 'tag_name_taken', { given: name });
  if (result === 'id taken') throw new AppError('not_unique', 'tag_id_used', { id: address.id ?? '?' });
}
