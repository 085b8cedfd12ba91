import type { Db, Document, Timestamp } from 'mongodb';
import type { Publication } from '../nats/cloud_event.ts';
import type { KnownVersion } from './known_versions.ts';
import { isAlreadyThere } from './publish_version.ts';

/** A comparison of whole collections with the log, in steps. */
export type Sweep = {
  /** Whether a change that was made then shows that the change stream is beyond what the step before read. */
  isPassedBy(time: Timestamp): boolean;
  /**
   * To be called each time the change stream has caught up with what the step before read. Publishes what the step before found newer than the log and
   * what still is, since that can now come from nowhere else; then reads on. False when everything was read.
   */
  step(): Promise<boolean>;
};

type Deps = {
  readonly collections: readonly string[];
  readonly toPublication: (collection: string, doc: Document) => Publication | undefined;
  readonly ask: (publication: Publication) => Promise<KnownVersion>;
  /** Publishes versions unless the log has them by now, and resolves when it has. */
  readonly publish: (publications: readonly Publication[]) => Promise<void>;
};

const CHUNK = 2000;
const ASKED_AT_ONCE = 64;

/** Begins a sweep of `collections`. */
export function openSweep(db: Db, deps: Deps): Sweep {
  const left = [...deps.collections];
  let found: readonly Publication[] = [];
  let after: unknown;
  let hasRead = false;
  let readAt: Timestamp | undefined;
  return {
    isPassedBy: (time) => !hasRead || (readAt !== undefined && time.greaterThan(readAt)),
    async step() {
      await deps.publish(found);
      const collection = left[0];
      if (collection === undefined) return false;
      const { docs, at } = await readChunk(db, { collection, after });
      hasRead = true;
      readAt = at;
      after = docs.at(-1)?._id;
      if (docs.length < CHUNK) {
        left.shift();
        after = undefined;
      }
      const publications = docs.map((doc) => deps.toPublication(collection, doc));
      found = await onlyNewer(
        publications.filter((one) => one !== undefined),
        deps.ask,
      );
      return true;
    },
  };
}

/** Some documents, and a time after which every change that they do not show yet is made. */
const readChunk = (
  db: Db,
  { collection, after }: { collection: string; after: unknown },
): Promise<{ docs: Document[]; at: Timestamp | undefined }> =>
  db.client.withSession(async (session) => {
    const filter = (after === undefined ? {} : { _id: { $gt: after } }) as Document;
    const docs = await db
      .collection<Document>(collection)
      .find(filter, { timeoutMS: 30_000, session })
      .sort({ _id: 1 })
      .limit(CHUNK)
      .toArray();
    return { docs, at: session.operationTime };
  });

async function onlyNewer(
  publications: readonly Publication[],
  ask: (publication: Publication) => Promise<KnownVersion>,
): Promise<Publication[]> {
  const newer: Publication[] = [];
  for (let at = 0; at < publications.length; at += ASKED_AT_ONCE) {
    const some = publications.slice(at, at + ASKED_AT_ONCE);
    const known = await Promise.all(some.map(ask));
    newer.push(...some.filter((publication, index) => !isAlreadyThere(publication, known[index]!)));
  }
  return newer;
}
