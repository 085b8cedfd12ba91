import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import { mongoUnavailable } from './errors.ts';

/** A service's own database. */
export type Mongo = {
  readonly client: MongoClient;
  readonly db: Db;
  /**
   * Resolves when the database answers.
   *
   * @throws {AppError} `unavailable` when it does not within 2 s.
   */
  ping(): Promise<void>;
  /** Ends every operation and closes every connection. */
  close(): Promise<void>;
};

/**
 * Opens a service's database without waiting for it: the driver connects in the background and again with each operation,
 * so that a service starts while MongoDB is away. Writes are acknowledged by the majority and retried once by the driver;
 * reads see majority-committed data only; nothing takes longer than 2 s.
 */
export function openMongo(options: { url: string; database: string; appName?: string; log: Logger }): Mongo {
  const { url, database, log, appName = database } = options;
  const client = new MongoClient(url, {
    appName: `muster-${appName}`,
    retryWrites: true,
    retryReads: true,
    writeConcern: { w: 'majority' },
    readConcern: { level: 'majority' },
    // The driver's own `timeoutMS` would say it all, but has no effect any more: each wait is bounded by itself.
    serverSelectionTimeoutMS: 2000,
    waitQueueTimeoutMS: 2000,
    connectTimeoutMS: 2000,
    // A server that is stopped but keeps its connections; longer than a change stream's wait of 1 s.
    socketTimeoutMS: 2500,
    // A server that went away is noticed, and one that came back is used again, within about 2 s.
    heartbeatFrequencyMS: 2000,
    // What a rush of requests opened is closed after it, by default never: each connection costs mongod about 1 MB and a thread.
    maxIdleTimeMS: 10_000,
    ignoreUndefined: true,
  });
  const closing = new AbortController();
  const connected = connectAtLast(client, { closing: closing.signal, log });
  const db = client.db(database);
  return {
    client,
    db,
    async ping() {
      try {
        await db.command({ ping: 1 });
      } catch (error) {
        throw mongoUnavailable(error) ?? error;
      }
    },
    async close() {
      closing.abort();
      await client.close();
      await connected;
      // An attempt that was under way may have opened it again.
      await client.close();
    },
  };
}

/**
 * The driver gives up for good when its first connection fails, and every operation after that fails at once; so it is made
 * to connect until it has. From then on it minds its connections itself.
 */
async function connectAtLast(
  client: MongoClient,
  { closing, log }: { closing: AbortSignal; log: Logger },
): Promise<void> {
  for (let attempt = 0; !closing.aborted; attempt += 1) {
    try {
      await client.connect();
      log.info('MongoDB is connected');
      return;
    } catch (error) {
      if (attempt === 0 && !closing.aborted) log.warn({ err: error }, 'MongoDB is away; trying on');
      await sleep(100, undefined, { signal: closing, ref: false }).catch(() => {});
    }
  }
}
