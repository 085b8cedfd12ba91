import { AppError, REFERENCE_KINDS, type ReferenceKind } from '@muster/contracts';
import type { FoldedChange } from '@muster/runtime';
import { type KnownReference, kinds, type Reference, referenceKey } from './reference.ts';
import { knownFrom, type VerifyDeps } from './verify_references.ts';

/** The stored relations to the lives of a record that began before version `born`; with `until`, those made by then. */
export type PastRelations = { readonly reference: Reference; readonly born: number; readonly until?: Date };

/** What following the owners of references needs. */
export type FollowReferencesDeps = VerifyDeps & {
  readonly buryRelationsOf: (past: PastRelations) => Promise<void>;
  readonly hasRelationsOf: (past: PastRelations) => Promise<boolean>;
  /** Makes them relations to the life that began at version `to`. */
  readonly renewRelationsOf: (past: PastRelations, to: number) => Promise<void>;
};

type Announced = Reference & KnownReference & { readonly at: Date };

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
  const turns = announced.filter(({ live, v, born }) => !live || (born > 1 && v === born));
  if (turns.length === 0) return;
  const known = await deps.knownReferences(turns);
  for (const turn of turns) {
    // Where more is known already, the event that made it known does what is to be done.
    if (known.get(referenceKey(turn))?.v === turn.v) await clearPastLives(turn, deps);
  }
}

/**
 * What was made after the end of a life, by a service that had not heard of it, was meant for the next life, if there is one.
 * While the owner does not say, it stays unseen, and the news of that life or the sweep decides.
 */
async function clearPastLives(turn: Announced, deps: FollowReferencesDeps): Promise<void> {
  const { kind, ref } = turn;
  const past = { reference: { kind, ref }, born: turn.live ? turn.born : turn.v + 1 };
  await deps.buryRelationsOf({ ...past, until: turn.at });
  if (!(await deps.hasRelationsOf(past))) return;
  const next = turn.live ? turn : await askOwner(turn, deps);
  if (next === 'silent') return;
  if (next?.live) await deps.renewRelationsOf(past, next.born);
  else await deps.buryRelationsOf(past);
}

async function askOwner({ kind, ref }: Reference, deps: FollowReferencesDeps) {
  try {
    return await deps.askOwner(kind, String(ref));
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return 'silent';
    throw error;
  }
}

function readReference({ event }: FoldedChange): Announced[] {
  if (!REFERENCE_KINDS.includes(event.type as ReferenceKind)) return [];
  const kind = event.type as ReferenceKind;
  const known = knownFrom(kind, {
    live: event.state !== null,
    v: event.v,
    born: event.born,
    state: event.state,
  });
  return [{ kind, ref: kinds[kind].parse(event.key) ?? event.key, ...known, at: new Date(event.at) }];
}
