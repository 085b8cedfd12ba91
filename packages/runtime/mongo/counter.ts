import type { Collection, Db } from 'mongodb';

/** A counter as it is kept: the highest number that was handed out to any instance. */
type CounterDoc = { _id: string; last: number };

/** Which counter, and how many numbers an instance takes from it at a time. */
export type IdBlocks = { readonly name: string; readonly size: number };

/**
 * Makes a source of integer ids that no two callers, instances or runs ever get twice: 1, 2, 3, … from a counter in the
 * database, taken in blocks of `size`, so that most ids cost no operation. What is left of a block when a process ends
 * is a gap for ever.
 *
 * @throws the driver's error, from the source, when a block is needed and the database is away.
 */
export function idBlocks(db: Db, { name, size }: IdBlocks): () => Promise<number> {
  const counters: Collection<CounterDoc> = db.collection('counters');
  let next = 1;
  let end = 0;
  let filling: Promise<void> | undefined;

  const fill = async () => {
    const options = { upsert: true, returnDocument: 'after' } as const;
    const counter = await counters.findOneAndUpdate({ _id: name }, { $inc: { last: size } }, options);
    if (counter === null) throw new Error(`the counter ${name} is neither found nor made`);
    end = counter.last;
    next = end - size + 1;
  };

  return async () => {
    // Whoever waited for a block may find it used up by those that waited before.
    while (next > end) {
      filling ??= fill().finally(() => {
        filling = undefined;
      });
      await filling;
    }
    return next++;
  };
}
