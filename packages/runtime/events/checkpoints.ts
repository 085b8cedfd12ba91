import type { Db } from 'mongodb';

/**
 * What was published: every change up to the resume token `token` is in the log of that `epoch`, at sequences up to `seq`,
 * where the event `id` stands. So a checkpoint proves itself: while that event stands there, nothing before it was lost.
 */
export type Checkpoint = {
  readonly _id: string;
  readonly token: unknown;
  readonly seq: number;
  readonly id: string;
  /** Null when taken before the log was looked at; then `seq` is 0. */
  readonly epoch: string | null;
  readonly at: Date;
};

/** The streams whose content was compared with the whole collections. */
type Swept = { readonly epoch: string; readonly stateEpoch: string };

/** A relay's checkpoints, kept in the service's own database. */
export type Checkpoints = {
  /** The very first, the hourly ones and the latest, newest first. */
  list(): Promise<Checkpoint[]>;
  /** Keeps the very first one, unless there is one. */
  saveFirst(token: unknown): Promise<void>;
  /** Replaces the latest, and keeps one per hour for 7 days. */
  save(checkpoint: Omit<Checkpoint, '_id'>): Promise<void>;
  /** Forgets those after a time: the log no longer bears them out. */
  forgetAfter(at: Date): Promise<void>;
  /** Forgets them all for a new very first one: the changes that they stand for are no longer in the oplog. */
  restart(token: unknown): Promise<void>;
  /** The same, unless another instance has done so since the very first one was `first`. */
  restartFrom(first: unknown, token: unknown): Promise<void>;
  swept(): Promise<Swept | undefined>;
  saveSwept(swept: Swept): Promise<void>;
};

type Doc = Omit<Checkpoint, '_id'> & { _id: string };

const HOUR_MS = 60 * 60 * 1000;
const KEPT_MS = 7 * 24 * HOUR_MS;
const FIRST = 'first';
const SWEPT = 'swept';

/** The collection that holds a relay's checkpoints and its lease. */
export const RELAY_COLLECTION = 'relay_checkpoints';

/** Opens the checkpoints of a service's relay. */
export function openCheckpoints(db: Db): Checkpoints {
  const docs = db.collection<Doc>(RELAY_COLLECTION);
  const marks = db.collection<Swept & { _id: string }>(RELAY_COLLECTION);
  let hour = -1;
  const firstOf = (token: unknown) => ({ token, seq: 0, id: '', epoch: null, at: new Date() });
  const forgetAllButFirst = async () => {
    await docs.deleteMany({ token: { $exists: true }, _id: { $ne: FIRST } });
    await marks.deleteOne({ _id: SWEPT });
    hour = -1;
  };
  return {
    list: () =>
      docs
        .find({ token: { $exists: true } })
        .sort({ at: -1, seq: -1 })
        .toArray(),
    async saveFirst(token) {
      await docs.updateOne({ _id: FIRST }, { $setOnInsert: firstOf(token) }, { upsert: true });
    },
    async save(checkpoint) {
      await docs.updateOne({ _id: 'latest' }, { $set: checkpoint }, { upsert: true });
      const now = Math.floor(checkpoint.at.getTime() / HOUR_MS);
      if (now === hour) return;
      await docs.updateOne({ _id: hourly(now) }, { $setOnInsert: checkpoint }, { upsert: true });
      const old = new Date(checkpoint.at.getTime() - KEPT_MS);
      await docs.deleteMany({ _id: { $regex: '^hour-' }, at: { $lt: old } });
      hour = now;
    },
    async forgetAfter(at) {
      await docs.deleteMany({ token: { $exists: true }, _id: { $ne: FIRST }, at: { $gt: at } });
      hour = -1;
    },
    async restart(token) {
      await docs.updateOne({ _id: FIRST }, { $set: firstOf(token) }, { upsert: true });
      await forgetAllButFirst();
    },
    async restartFrom(first, token) {
      const filter = { _id: FIRST, token: { $eq: first } };
      const { matchedCount } = await docs.updateOne(filter, { $set: firstOf(token) });
      if (matchedCount === 1) await forgetAllButFirst();
    },
    swept: async () => (await marks.findOne({ _id: SWEPT })) ?? undefined,
    async saveSwept({ epoch, stateEpoch }) {
      await marks.updateOne({ _id: SWEPT }, { $set: { epoch, stateEpoch } }, { upsert: true });
    },
  };
}

const hourly = (hour: number): string => `hour-${hour}`;
