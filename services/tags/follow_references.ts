import { AppError, REFERENCE_KINDS, type ReferenceKind } from '@muster/contracts';
import type { FoldedChange } from '@muster/runtime';
import { type KnownReference, kinds, type Reference, referenceKey } from './reference.ts';
import { holds, type Relation } from './tag.ts';
import { knownFrom, type VerifyDeps } from './verify_references.ts';

/** The stored relations to the lives of a record that began before version `born`; with `until`, those made by then. */
export type PastRelations = { readonly reference: Reference; readonly born: number; readonly until?: Date };

/** What clearing behind a record needs. */
export type ClearDeps = VerifyDeps & {
  readonly buryRelationsOf: (pasts: readonly PastRelations[]) => Promise<void>;
  /** The records that still have such relations, by reference key. */
  readonly relationsLeft: (pasts: readonly PastRelations[]) => Promise<ReadonlySet<string>>;
  /** Makes them relations to the life that began at version `to`. */
  readonly renewRelationsOf: (past: PastRelations, to: number) => Promise<void>;
};

/** What following the owners of references needs. */
export type FollowReferencesDeps = ClearDeps & {
  /** Takes note of a record whose owner is silent, to clear its past lives when it answers. */
  readonly clearLater: (turn: Announced) => void;
};

/** What is known of a record since `at`. */
export type Announced = Reference & KnownReference & { readonly at: Date };

/**
 * Takes what the owners of agents, jobs and assemblers announce into the read model, and removes the relations of those that
 * were deleted. First the one, then the other: see `attachReference`. Whatever part of it was done before may be done again.
 */
export async function followReferences(
  changes: readonly FoldedChange[],
  deps: FollowReferencesDeps,
): Promise<void> {
  const announced = changes.flatMap(readReference);
  await deps.foldReferences(announced);
  // Any later version stands for a rebirth too: it may be all that is left of a batch, or of a log that was cut.
  const turns = announced.filter(({ live, born }) => !live || born > 1);
  if (turns.length === 0) return;
  const known = await deps.knownReferences(turns);
  const latest = turns.filter((turn) => isLatest(turn, known));
  for (const turn of await clearPastLives(latest, deps)) deps.clearLater(turn);
}

/** Tries once more to clear behind a record whose owner was silent; false when it still is. */
export const clearAgain = async (turn: Announced, deps: ClearDeps): Promise<boolean> =>
  !isLatest(turn, await deps.knownReferences([turn])) || (await clearPastLives([turn], deps)).length === 0;

/**
 * The records whose lives were over before relations to them were written. Whether these were meant for the next life, the owner says:
 * none of them is older than that end by the clock.
 */
export const overtaken = (
  relations: readonly Relation[],
  known: ReadonlyMap<string, KnownReference>,
): readonly Announced[] =>
  relations.flatMap((relation) => {
    const entry = known.get(referenceKey(relation));
    if (entry === undefined || holds(relation, entry)) return [];
    const { kind, ref } = relation;
    const { live, v, born, label } = entry;
    return [{ kind, ref, live, v, born, label, at: new Date(0) }];
  });

/** Where more is known already, the event that made it known does what is to be done. */
const isLatest = (turn: Announced, known: ReadonlyMap<string, KnownReference>): boolean =>
  known.get(referenceKey(turn))?.v === turn.v;

/**
 * Removes the relations to the lives of records that are over by what is known of them now. Gives back the records whose owner, who
 * had to be asked, was silent.
 *
 * What was made after the end of a life, by a service that had not heard of it, was meant for the next life, if there is one.
 * While the owner does not say, it stays unseen.
 */
export async function clearPastLives(
  turns: readonly Announced[],
  deps: ClearDeps,
): Promise<readonly Announced[]> {
  if (turns.length === 0) return [];
  await deps.buryRelationsOf(turns.map((turn) => ({ ...pastOf(turn), until: turn.at })));
  const left = await deps.relationsLeft(turns.map(pastOf));
  const silent: Announced[] = [];
  for (const turn of turns.filter((one) => left.has(referenceKey(one)))) {
    const next = turn.live ? turn : await askOwner(turn, deps);
    if (next === 'silent') silent.push(turn);
    else if (next?.live) await deps.renewRelationsOf(pastOf(turn), next.born);
    else await deps.buryRelationsOf([pastOf(turn)]);
  }
  return silent;
}

const pastOf = ({ kind, ref, live, born, v }: Announced): PastRelations => ({
  reference: { kind, ref },
  born: live ? born : v + 1,
});

async function askOwner({ kind, ref }: Reference, deps: ClearDeps) {
  try {
    return await deps.askOwner(kind, String(ref));
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return 'silent';
    throw error;
  }
}

function readReference({ event, turned = event }: FoldedChange): Announced[] {
  if (!REFERENCE_KINDS.includes(event.type as ReferenceKind)) return [];
  const kind = event.type as ReferenceKind;
  const known = knownFrom(kind, {
    live: event.state !== null,
    v: event.v,
    born: event.born,
    state: event.state,
  });
  return [{ kind, ref: kinds[kind].parse(event.key) ?? event.key, ...known, at: new Date(turned.at) }];
}
