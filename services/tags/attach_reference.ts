import { AppError } from '@muster/contracts';
import type { Origin } from '@muster/runtime';
import { type FollowReferencesDeps, overtaken } from './follow_references.ts';
import { type KnownReference, type Reference, referenceKey } from './reference.ts';
import { type FindTag, holds, type LiveTag, type Relation } from './tag.ts';
import { type VerifyDeps, verifyReferences } from './verify_references.ts';

/** What the attaching of a tag needs. */
export type AttachDeps = VerifyDeps & {
  readonly findTag: FindTag;
  /** Makes the relation; false when it was there. One atomic step. */
  readonly insertTagging: (tag: LiveTag, relation: Relation, origin: Origin) => Promise<boolean>;
  /** Removes what was just made; a relation to a later life of the record stays. */
  readonly undoTagging: (tag: LiveTag, relation: Relation, origin: Origin) => Promise<void>;
  readonly clearLater: FollowReferencesDeps['clearLater'];
};

type Input = {
  readonly tag: LiveTag;
  readonly reference: Reference;
  readonly origin: Origin;
  /** How often it was settled so far. */
  readonly settled?: number;
};

/** A record does not live and die as often within one request; the read model must be wrong, and a repair will tell. */
const SETTLED_AT_MOST = 10;

/**
 * Puts a tag on a record; true when it was not on it before.
 *
 * The record may be deleted, or the tag replaced, while this goes on. Whoever does that first makes it known here (in the read
 * model, in the tag) and then removes the relations it finds; so a relation that is written too late to be found there is seen
 * to be dead by the look after the write, and undone. The answer stays what it was: the write was done, and then overtaken.
 *
 * @throws {AppError} `not_found` for a record that its owner does not know, `unavailable` when it cannot be asked.
 */
export async function attachReference(input: Input, deps: AttachDeps): Promise<boolean> {
  const { tag, reference, origin } = input;
  const relation = await verified(input, deps);
  const isNew = await deps.insertTagging(tag, relation, origin);
  const [known, current] = await Promise.all([
    deps.knownReferences([reference]),
    deps.findTag({ id: tag.id }),
  ]);
  if (current?.incarnation !== tag.incarnation) await deps.undoTagging(tag, relation, origin);
  else if (!isKnown(relation, known)) await settle(relation, { ...input, known }, deps);
  return isNew;
}

/** What was verified is in the read model; a repair may have found since that there is no such record. */
const isKnown = (relation: Relation, known: ReadonlyMap<string, KnownReference>): boolean => {
  const entry = known.get(referenceKey(relation));
  return entry !== undefined && holds(relation, entry);
};

async function verified({ tag, reference }: Input, deps: AttachDeps): Promise<Relation> {
  const lives = await verifyReferences(tag.tag, [reference], deps);
  return { ...reference, born: lives.get(referenceKey(reference)) ?? 1 };
}

/** The life that the relation was written for is over. It was meant for the next one if that had begun: the owner knows. */
async function settle(
  relation: Relation,
  { known, ...input }: Input & { known: ReadonlyMap<string, KnownReference> },
  deps: AttachDeps,
): Promise<void> {
  const { settled = 0 } = input;
  if (settled >= SETTLED_AT_MOST) return;
  try {
    await attachReference({ ...input, settled: settled + 1 }, deps);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // While the owner is silent it stays unseen.
    if (error.code === 'not_found') await deps.undoTagging(input.tag, relation, input.origin);
    else for (const turn of overtaken([relation], known)) deps.clearLater(turn);
  }
}
