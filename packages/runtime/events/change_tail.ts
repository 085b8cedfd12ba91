import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeStream, Db, Document, Timestamp } from 'mongodb';
import { MongoError } from 'mongodb';

/**
 * One change of a published record, as MongoDB tells it; `doc` is the record exactly as that change left it, `time` when MongoDB
 * made it: changes come in that order.
 */
export type TailedChange = {
  readonly collection: string;
  readonly doc: Document;
  readonly token: unknown;
  readonly time: Timestamp;
};

/** A change stream being followed. */
export type ChangeTail = {
  /** The next change; null when there is none for the moment, which is said within 0.25 s. */
  next(): Promise<TailedChange | null>;
  /** A resume token that stands behind everything that was given out. */
  token(): unknown;
  close(): Promise<void>;
};

/** The oplog no longer reaches back to where the change stream was to go on, or lacks a version's exact state. */
export class HistoryLost extends Error {
  override name = 'HistoryLost';
}

/**
 * NoMatchingDocument (a post-image is missing), CappedPositionLost, InvalidResumeToken, ChangeStreamFatalError,
 * ChangeStreamHistoryLost.
 */
const lostCodes = new Set<unknown>([47, 136, 260, 280, 286]);

const AWAIT_MS = 250;
const HUNG_MS = 30_000;
/**
 * Changes that come more often than this are taken several at a time: to ask for one costs as much as to ask for fifty, and all that
 * follows is done for many at once, too.
 */
const BUSY = { changesPerMs: 0.15, withinMs: 20, pauseMs: 30 };

/**
 * Follows the changes of some collections of a database, from `after` on, or from now on. The driver opens the stream again
 * by itself after a short loss of the server.
 */
export function openTail(
  db: Db,
  options: { collections: readonly string[]; after?: unknown; awaitMs?: number },
): ChangeTail {
  const kinds = ['insert', 'update', 'replace', 'invalidate'];
  const wanted = [
    { operationType: 'invalidate' },
    { operationType: { $in: kinds }, 'ns.coll': { $in: options.collections } },
  ];
  const pipeline = [{ $match: { $or: wanted } }, { $project: { updateDescription: 0 } }];
  const stream = db.watch(pipeline, {
    fullDocument: 'required',
    maxAwaitTimeMS: options.awaitMs ?? AWAIT_MS,
    batchSize: 500,
    ...(options.after !== undefined && { startAfter: options.after }),
  });
  const pace = openPace();
  let allTaken = true;
  return {
    async next() {
      if (allTaken) await pace.untilMore();
      const change = await orHung(stream);
      allTaken = change === null || isLastOfBatch(stream, change);
      if (change === null) return null;
      pace.count();
      if (change.operationType === 'invalidate') throw new HistoryLost('the database was dropped');
      const { ns, fullDocument, _id, clusterTime } = change as Document;
      return { collection: ns.coll, doc: fullDocument, token: _id, time: clusterTime };
    },
    token: () => stream.resumeToken,
    close: () => stream.close(),
  };
}

/** Whether a change was the last of those that came together: the token that the stream then stands at is that of their end. */
export const isLastOfBatch = (stream: ChangeStream, { _id }: { readonly _id?: unknown }): boolean =>
  stream.resumeToken !== _id;

/** Counts changes, and waits a little before more are asked for while they come quickly. */
function openPace(): { count(): void; untilMore(): Promise<unknown> | undefined } {
  let since = performance.now();
  let changes = 0;
  return {
    count() {
      changes += 1;
    },
    untilMore() {
      const elapsed = performance.now() - since;
      if (elapsed < BUSY.withinMs) return undefined;
      const isBusy = changes > BUSY.changesPerMs * elapsed;
      since += elapsed;
      changes = 0;
      return isBusy ? sleep(BUSY.pauseMs) : undefined;
    },
  };
}

/** A server that hangs answers neither with a change nor with nothing. */
async function orHung(stream: ChangeStream): Promise<Document | null> {
  const hung = Promise.withResolvers<never>();
  const timer = setTimeout(() => hung.reject(new Error('the change stream hangs')), HUNG_MS);
  try {
    return await Promise.race([stream.tryNext(), hung.promise]);
  } catch (error) {
    const isLost = error instanceof MongoError && lostCodes.has(error.code);
    throw isLost ? new HistoryLost(error.message, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the oplog still reaches back to a resume token. */
export async function reachesBack(
  db: Db,
  options: { collections: readonly string[]; after: unknown },
): Promise<boolean> {
  const tail = openTail(db, { ...options, awaitMs: 1 });
  try {
    await tail.next();
    return true;
  } catch (error) {
    if (error instanceof HistoryLost) return false;
    throw error;
  } finally {
    await tail.close();
  }
}

/** A resume token for now. */
export async function tokenOfNow(db: Db, collections: readonly string[]): Promise<unknown> {
  const tail = openTail(db, { collections });
  try {
    await tail.next();
    return tail.token();
  } finally {
    await tail.close();
  }
}
