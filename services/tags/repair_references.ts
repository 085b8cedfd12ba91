import { REFERENCE_KINDS, type ReferenceKind } from '@muster/contracts';
import { askTruth, type CompareDeps, compareReferences } from './compare_references.ts';
import { type Difference, isSame } from './difference.ts';
import { type ClearDeps, clearPastLives } from './follow_references.ts';
import { type KnownReference, kinds, type Reference } from './reference.ts';

/** What the repair needs besides the comparison. */
export type RepairDeps = CompareDeps &
  ClearDeps & {
    /** Puts what the owner tells in the place of a row that is still as it was seen, whatever the versions; false otherwise. */
    readonly replaceRow: (
      reference: Reference,
      rows: { readonly seen: KnownReference; readonly truth: KnownReference },
    ) => Promise<boolean>;
    /** Removes a row that is still as it was seen; false otherwise. */
    readonly removeRow: (reference: Reference, seen: KnownReference) => Promise<boolean>;
  };

/** What was done in one kind: the records that differed and are healed, and the ids of those that changed just then and were left alone. */
type RepairedKind = { readonly healed: readonly Difference[]; readonly left: readonly string[] };

/** What a repair did; `healed` is the number of records over all kinds. */
export type Repair = {
  readonly healed: number;
  readonly position: number;
  readonly kinds: Readonly<Record<ReferenceKind, RepairedKind>>;
};

/** So many records are healed at a time. */
const AT_ONCE = 16;

/** No life of a record begins after this version. */
const BEYOND = Number.MAX_SAFE_INTEGER - 1;

/**
 * Compares, and puts right exactly the records that differ, from what their owners tell. Each row is changed only while it is as it was
 * seen, so that an event which comes meanwhile is never undone.
 *
 * @throws {AppError} `unavailable`, as `compareReferences`. What was healed until then stays so.
 */
export async function repairReferences(deps: RepairDeps): Promise<Repair> {
  const compared = await compareReferences(deps);
  const repaired: [ReferenceKind, RepairedKind][] = [];
  for (const kind of REFERENCE_KINDS) {
    const healed: Difference[] = [];
    const left: string[] = [];
    const heals = compared.kinds[kind].differing.values();
    const lane = async () => {
      for (const difference of heals) {
        const truth = await heal(kind, difference, deps);
        if (truth === 'left') left.push(difference.id);
        else healed.push({ ...difference, owner: truth ?? null });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    repaired.push([kind, { healed, left }]);
  }
  return {
    healed: repaired.reduce((sum, [, { healed }]) => sum + healed.length, 0),
    position: compared.position,
    kinds: Object.fromEntries(repaired) as Repair['kinds'],
  };
}

async function heal(
  kind: ReferenceKind,
  { id, read_model: seen }: Difference,
  deps: RepairDeps,
): Promise<KnownReference | undefined | 'left'> {
  // The row's own key, however its id is written.
  const reference = { kind, ref: id };
  const truth = await askTruth(kind, id, deps);
  if (isSame(seen ?? undefined, truth)) return 'left';
  if (truth === undefined) {
    if (seen === null || !(await forget(reference, seen, deps))) return 'left';
  } else if (seen === null) {
    await deps.foldReferences([{ ...reference, ...truth }]);
  } else if (!(await deps.replaceRow(reference, { seen, truth }))) {
    return 'left';
  }
  // An event that came while the row's version was too high was taken for an old one, and will not come again.
  const latest = (await askTruth(kind, id, deps)) ?? truth;
  if (latest === undefined) return undefined;
  await deps.foldReferences([{ ...reference, ...latest }]);
  if (!latest.live) await clear(reference, latest, deps);
  return latest;
}

/**
 * Removes a row of which the owner knows nothing, with the relations that it has led to: what is unknown is not known to be dead, so
 * they would be shown for ever. Until they are gone the row stands as dead.
 */
async function forget(reference: Reference, seen: KnownReference, deps: RepairDeps): Promise<boolean> {
  const dead = { ...seen, live: false, label: null };
  if (!(await deps.replaceRow(reference, { seen, truth: dead }))) return false;
  await clear(reference, { ...dead, v: BEYOND }, deps);
  return deps.removeRow(reference, dead);
}

/** Does what hearing of its end would have done: takes every tag off a record that is no more. */
async function clear({ kind, ref }: Reference, dead: KnownReference, deps: RepairDeps): Promise<void> {
  await clearPastLives([{ kind, ref: kinds[kind].parse(ref) ?? ref, ...dead, at: new Date() }], deps);
}
