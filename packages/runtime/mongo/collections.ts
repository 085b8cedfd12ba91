import { setTimeout as sleep } from 'node:timers/promises';
import { type CollectionInfo, type Db, type IndexDescription, MongoServerError } from 'mongodb';
import type { Logger } from 'pino';

/** A collection that a service needs. `published`: the relay tails it, so each version's exact state is kept by MongoDB. */
export type CollectionSpec = {
  readonly name: string;
  readonly published?: boolean;
  readonly indexes?: readonly IndexDescription[];
};

/** The making of a service's collections, which goes on in the background until MongoDB is there. */
export type CollectionsSetup = {
  /** True once every collection and index is there. */
  ready(): boolean;
  /** Resolves when `ready`, or when stopped. */
  readonly done: Promise<void>;
  stop(): void;
};

const NAMESPACE_EXISTS = 48;

/** Makes the collections and indexes that are missing; tries again each second until it worked, and never throws. */
export function ensureCollections(
  db: Db,
  specs: readonly CollectionSpec[],
  deps: { log: Logger },
): CollectionsSetup {
  let ready = false;
  const stopped = new AbortController();
  const run = async () => {
    while (!stopped.signal.aborted && !ready) {
      try {
        const found = await collectionsOf(db, specs);
        await Promise.all(specs.map((spec) => ensureCollection(db, spec, found.get(spec.name))));
        ready = true;
      } catch (error) {
        deps.log.warn({ err: error }, 'the collections are not there yet; trying again');
        await sleep(1000, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      }
    }
  };
  return { ready: () => ready, done: run(), stop: () => stopped.abort() };
}

/** Those of some collections that are there, by name. */
async function collectionsOf(
  db: Db,
  specs: readonly CollectionSpec[],
): Promise<ReadonlyMap<string, CollectionInfo>> {
  const found = await db.listCollections({ name: { $in: specs.map(({ name }) => name) } }).toArray();
  return new Map(found.map((one) => [one.name, one as CollectionInfo]));
}

async function ensureCollection(
  db: Db,
  { name, published = false, indexes }: CollectionSpec,
  found: CollectionInfo | undefined,
): Promise<void> {
  const images = { changeStreamPreAndPostImages: { enabled: published } };
  // Another instance that makes it just now makes it alike.
  if (found === undefined) await db.createCollection(name, images).catch(passIfThere);
  // `collMod` waits for every open transaction, also one that a killed process left behind, and holds up all writes meanwhile.
  else if (published && !keepsImages(found)) await db.command({ collMod: name, ...images });
  if (indexes?.length) await db.collection(name).createIndexes([...indexes]);
}

function passIfThere(error: unknown): void {
  if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error;
}

const keepsImages = ({ options }: CollectionInfo): boolean =>
  options?.changeStreamPreAndPostImages?.enabled === true;
