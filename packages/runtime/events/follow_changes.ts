import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import { isLastOfBatch } from './change_tail.ts';

/** Whom news of changes is told. */
export type ChangeNews = {
  /** Something changed, or may have while nobody was looking. */
  readonly onChange: () => void;
  /** All that had changed by then was told; `at` on the clock of `performance.now()`. */
  readonly onRest: (at: number) => void;
  readonly log: Logger;
};

const AWAIT_MS = 250;
const AGAIN_MS = 200;
/** While much is written, changes are heard of in batches, so many ms apart: one by one each would cost as much as a read. */
const PAUSE_MS = 50;

/**
 * Tells that records of some collections changed, whoever wrote them, until it is stopped; that they did not, about four times a
 * second. What changed is not told. While MongoDB is away nothing is told.
 */
export function followChanges(
  db: Db,
  collections: readonly { readonly name: string }[],
  news: ChangeNews,
): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const following = follow(
    db,
    collections.map(({ name }) => name),
    { ...news, stopped: stopped.signal },
  );
  return {
    async stop() {
      stopped.abort();
      await following;
    },
  };
}

async function follow(
  db: Db,
  names: readonly string[],
  { onChange, onRest, log, stopped }: ChangeNews & { readonly stopped: AbortSignal },
): Promise<void> {
  while (!stopped.aborted) {
    const wanted = [{ 'ns.coll': { $in: names } }, { operationType: 'invalidate' }];
    const pipeline = [{ $match: { $or: wanted } }, { $project: { operationType: 1 } }];
    const stream = db.watch(pipeline, { maxAwaitTimeMS: AWAIT_MS, batchSize: 500 });
    try {
      // It begins only now, so what changed before it is not told by it.
      await stream.tryNext();
      onChange();
      while (!stopped.aborted) {
        const askedAt = performance.now();
        const change = await stream.tryNext();
        if (change === null) onRest(askedAt);
        else onChange();
        if (change?.operationType === 'invalidate') throw new Error('the database was dropped');
        if (change !== null && isLastOfBatch(stream, change))
          await sleep(PAUSE_MS, undefined, { signal: stopped, ref: false }).catch(() => {});
      }
    } catch (error) {
      log.debug({ err: error }, 'changes are not heard of for the moment');
      await sleep(AGAIN_MS, undefined, { signal: stopped, ref: false }).catch(() => {});
    } finally {
      await stream.close().catch(() => {});
    }
  }
}
