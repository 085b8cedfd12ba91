import { type Collection, MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb';
import { inBatches } from './in_batches.ts';
import type { RecordDoc } from './record.ts';

type AnyCollection<S, K extends string | number> = Collection<RecordDoc<S, K>>;
type Insert<S, K extends string | number> = (doc: RecordDoc<S, K>) => Promise<void>;

const inserts = new WeakMap<object, unknown>();

/**
 * Inserts a document together with others of its collection that are to be inserted just then; each is done or refused by itself.
 *
 * @throws the driver's error: for a duplicate key that of this document alone; any other cuts short the whole group, and then
 * it is not known whether the document was inserted.
 */
export function insertGrouped<S, K extends string | number>(
  collection: AnyCollection<S, K>,
  doc: RecordDoc<S, K>,
): Promise<void> {
  let insert = inserts.get(collection) as Insert<S, K> | undefined;
  if (insert === undefined) {
    insert = inBatches((docs) => insertAll(collection, docs), { most: 100, underWay: 2 });
    inserts.set(collection, insert);
  }
  return insert(doc);
}

/** At most so many are inserted alone at once: more connections than others leave free they would only wait for. */
const ALONE = 8;

async function insertAll<S, K extends string | number>(
  collection: AnyCollection<S, K>,
  docs: readonly RecordDoc<S, K>[],
): Promise<(undefined | Error)[]> {
  const alone = (doc: RecordDoc<S, K>): Promise<undefined | Error> =>
    collection.insertOne(doc as OptionalUnlessRequiredId<RecordDoc<S, K>>).then(
      () => undefined,
      (error: Error) => error,
    );
  const [first] = docs;
  if (docs.length === 1 && first !== undefined) return [await alone(first)];
  try {
    await collection.insertMany(docs as OptionalUnlessRequiredId<RecordDoc<S, K>>[], { ordered: false });
    return docs.map(() => undefined);
  } catch (error) {
    const refused = refusedIn(error, docs.length);
    if (refused === undefined) throw error;
    // The group's error does not say which index refused; alone, the document is told, or finds the obstacle gone.
    const outcomes = docs.map((): undefined | Error => undefined);
    const left = refused.values();
    const lane = async () => {
      for (const at of left) outcomes[at] = await alone(docs[at]!);
    };
    await Promise.all(Array.from({ length: ALONE }, lane));
    return outcomes;
  }
}

const DUPLICATE_KEY = 11_000;

/**
 * Which documents of a group were refused as duplicates; undefined unless all others were inserted and acknowledged. The driver puts
 * a failure of the whole group down to its first document.
 */
function refusedIn(error: unknown, count: number): ReadonlySet<number> | undefined {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined)
    return undefined;
  const refusals = [error.writeErrors].flat();
  const isWhole = error.insertedCount + refusals.length === count;
  return isWhole && refusals.every(({ code }) => code === DUPLICATE_KEY)
    ? new Set(refusals.map(({ index }) => index))
    : undefined;
}
