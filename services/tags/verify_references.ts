import { AppError, type LookedUp, type ReferenceKind } from '@muster/contracts';
import { type KnownReference, kinds, type Reference, referenceKey } from './reference.ts';

/** What the check of references needs: the read model, and a way to ask the owner. */
export type VerifyDeps = {
  /** What the read model knows, by reference key. */
  readonly knownReferences: (
    references: readonly Reference[],
  ) => Promise<ReadonlyMap<string, KnownReference>>;
  /** Asks the owner; undefined when it has no such record. Throws `unavailable` when it does not answer. */
  readonly askOwner: (kind: ReferenceKind, id: string) => Promise<LookedUp | undefined>;
  /** Takes what the owner said into the read model. */
  readonly foldReferences: (found: readonly (Reference & KnownReference)[]) => Promise<void>;
};

/**
 * Sees that references point at living records, and gives back in which life each is, by reference key. What the read model
 * says is alive needs no network; all else is asked of the owner, so that 404 is said from knowledge only.
 *
 * @throws {AppError} `not_found` naming the first reference that its owner does not know, `unavailable` when an owner that has
 * to be asked does not answer.
 */
export async function verifyReferences(
  tag: string,
  references: readonly Reference[],
  deps: VerifyDeps,
): Promise<ReadonlyMap<string, number>> {
  const known = await deps.knownReferences(references);
  const born = new Map<string, number>();
  const unsure = references.filter((reference) => {
    const entry = known.get(referenceKey(reference));
    if (entry?.live) born.set(referenceKey(reference), entry.born);
    return !entry?.live;
  });
  if (unsure.length === 0) return born;
  const answers = await Promise.all(unsure.map(({ kind, ref }) => deps.askOwner(kind, String(ref))));
  const found = unsure.flatMap((reference, at) => {
    const answer = answers[at];
    return answer === undefined ? [] : [{ ...reference, ...knownFrom(reference.kind, answer) }];
  });
  await deps.foldReferences(found);
  for (const entry of found) if (entry.live) born.set(referenceKey(entry), entry.born);
  const unknown = unsure.find((reference) => !born.has(referenceKey(reference)));
  if (unknown !== undefined) throw new AppError('not_found', 'reference_unknown', { tag, ...unknown });
  return born;
}

/** What an owner's answer, or its event, says of a reference. */
export function knownFrom(
  kind: ReferenceKind,
  { live, v, born, state }: Omit<LookedUp, 'id'>,
): KnownReference {
  const label = state?.[kinds[kind].labelField];
  return { live, v, born, label: typeof label === 'string' ? label : null };
}
