import { type DigestedRecord, type LookedUp, REFERENCE_KINDS, type ReferenceKind } from '@muster/contracts';
import { type Difference, isSame, isWrong } from './difference.ts';
import { type KnownReference, type Reference, referenceKey } from './reference.ts';
import { knownFrom } from './verify_references.ts';

type Batches = AsyncIterable<readonly DigestedRecord[]>;

/** One side of the comparison: digests of all its records of a kind, and the records of some buckets. */
export type Side = {
  readonly digest: (kind: ReferenceKind) => Promise<{ readonly digests: string; readonly count: number }>;
  readonly list: (kind: ReferenceKind, buckets: readonly number[]) => Batches;
};

/** What the comparison needs. All that asks an owner throws `unavailable` when it does not answer. */
export type CompareDeps = {
  readonly owners: Side;
  readonly readModel: Side;
  readonly differingBuckets: (one: string, other: string) => readonly number[];
  /** Waits, so many ms at most, until the read model has everything that the owner of a kind has acknowledged by now. */
  readonly caughtUp: (kind: ReferenceKind, withinMs: number) => Promise<void>;
  readonly askOwner: (kind: ReferenceKind, id: string) => Promise<LookedUp | undefined>;
  readonly knownReferences: (
    references: readonly Reference[],
  ) => Promise<ReadonlyMap<string, KnownReference>>;
  /** The sequence of FARM up to which the owners' changes are known to be in the read model. */
  readonly position: () => number;
};

/** How the two compare in one kind: numbers of records, destroyed ones included, and each record that differs. */
type ComparedKind = {
  readonly owner: number;
  readonly read_model: number;
  readonly differing: readonly Difference[];
};

/** How the read model compares with the owners. */
export type Comparison = {
  readonly equal: boolean;
  readonly position: number;
  readonly kinds: Readonly<Record<ReferenceKind, ComparedKind>>;
};

/** So many records are judged together: they share one wait for news. */
const JUDGED = 5_000;
/** So many records are asked of an owner at once. */
const ASKED = 400;
/** An owner that is away is noticed before the client goes; one that is only slow, later on, is waited for. */
const FIRST_WAIT_MS = 2_000;
const WAIT_MS = 10_000;
/** No record has a longer id; owners refuse the question. */
const MAX_ID_LENGTH = 64;

/**
 * Compares the read model of agents, jobs and assemblers with their owners' records, while both move. Digests tell in which buckets
 * something differs, lists of these which records, and each of them is then judged by itself: only what is wrong though the read
 * model had heard of it is named. Memory grows with the number of records in buckets that differ.
 *
 * @throws {AppError} `unavailable`, naming the owner that does not answer or whose news do not come.
 */
export async function compareReferences(deps: CompareDeps): Promise<Comparison> {
  const compared = await Promise.all(
    REFERENCE_KINDS.map(async (kind) => [kind, await compareKind(kind, deps)] as const),
  );
  return {
    equal: compared.every(([, { differing }]) => differing.length === 0),
    position: deps.position(),
    kinds: Object.fromEntries(compared) as Comparison['kinds'],
  };
}

async function compareKind(kind: ReferenceKind, deps: CompareDeps): Promise<ComparedKind> {
  const { owners, readModel } = deps;
  // So that what was acknowledged before this was asked for is part of the answer, and less of what differs is only late.
  await deps.caughtUp(kind, FIRST_WAIT_MS);
  const [theirs, ours] = await Promise.all([owners.digest(kind), readModel.digest(kind)]);
  const buckets = deps.differingBuckets(theirs.digests, ours.digests);
  const ids = buckets.length === 0 ? [] : await differingIds(kind, buckets, deps);
  const differing: Difference[] = [];
  for (const some of slices(ids, JUDGED)) differing.push(...(await judge(kind, some, deps)));
  return { owner: theirs.count, read_model: ours.count, differing };
}

async function differingIds(
  kind: ReferenceKind,
  buckets: readonly number[],
  { owners, readModel }: CompareDeps,
): Promise<string[]> {
  const listed = new Map<string, DigestedRecord>();
  for await (const batch of readModel.list(kind, buckets)) for (const one of batch) listed.set(one.id, one);
  const differing: string[] = [];
  for await (const batch of owners.list(kind, buckets)) {
    for (const record of batch) {
      if (!isSame(listed.get(record.id), record)) differing.push(record.id);
      listed.delete(record.id);
    }
  }
  return [...differing, ...listed.keys()].sort();
}

/** Which of these records differ for good, see `isWrong`. */
async function judge(
  kind: ReferenceKind,
  ids: readonly string[],
  deps: CompareDeps,
): Promise<readonly Difference[]> {
  const before = await tellOwner(kind, ids, deps);
  const early = await readRows(kind, ids, deps);
  const unsure = ids.filter((id) => !isSame(early.get(id), before.get(id)));
  if (unsure.length === 0) return [];
  await deps.caughtUp(kind, WAIT_MS);
  const rows = await readRows(kind, unsure, deps);
  const after = await tellOwner(kind, unsure, deps);
  return unsure.flatMap((id) => {
    const [row, owner] = [rows.get(id), { before: before.get(id), after: after.get(id) }];
    return isWrong(row, owner) ? [{ id, owner: owner.after ?? null, read_model: row ?? null }] : [];
  });
}

/** What the owner of a kind tells of a record now; undefined when it does not know it. */
export async function askTruth(
  kind: ReferenceKind,
  id: string,
  { askOwner }: Pick<CompareDeps, 'askOwner'>,
): Promise<KnownReference | undefined> {
  const found = id.length > MAX_ID_LENGTH ? undefined : await askOwner(kind, id);
  return found && knownFrom(kind, found);
}

async function tellOwner(kind: ReferenceKind, ids: readonly string[], deps: CompareDeps) {
  const told = new Map<string, KnownReference | undefined>();
  for (const some of slices(ids, ASKED)) {
    const answers = await Promise.all(some.map((id) => askTruth(kind, id, deps)));
    for (const [at, id] of some.entries()) told.set(id, answers[at]);
  }
  return told;
}

const slices = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

async function readRows(kind: ReferenceKind, ids: readonly string[], deps: CompareDeps) {
  const known = await deps.knownReferences(ids.map((id) => ({ kind, ref: id })));
  const rowOf = (id: string) => known.get(referenceKey({ kind, ref: id }));
  return new Map(
    ids.map((id) => {
      const row = rowOf(id);
      return [id, row && { live: row.live, v: row.v, born: row.born, label: row.label }];
    }),
  );
}
