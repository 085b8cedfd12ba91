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
  /** The very first, those of each ring and the latest, newest first. */
  list(): Promise<Checkpoint[]>;
  /** Keeps the very first one, unless there is one. */
  saveFirst(token: unknown): Promise<void>;
  /** Replaces the latest, and keeps one for each slot of each ring. */
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

/**
 * Checkpoints are kept in rings, close together where they are young: a log that went back by some seconds costs some seconds of
 * replaying, and needs no more of the oplog than that. The last ring is as long as the log.
 */
const rings = [
  { name: 'seconds', everyMs: 5_000, slots: 12 },
  { name: 'minutes', everyMs: 60_000, slots: 60 },
  { name: 'hours', everyMs: 3_600_000, slots: 7 * 24 },
];
const FIRST = 'first';
const SWEPT = 'swept';

/** The collection that holds a relay's checkpoints and its lease. */
export const RELAY_COLLECTION = 'relay_checkpoints';

/** Opens the checkpoints of a service's relay. */
export function openCheckpoints(db: Db): Checkpoints {
  const docs = db.collection<Doc>(RELAY_COLLECTION);
  const marks = db.collection<Swept & { _id: string }>(RELAY_COLLECTION);
  /** The period of which each ring was given a checkpoint last. */
  const given = new Map<string, number>();
  const firstOf = (token: unknown) => ({ token, seq: 0, id: '', epoch: null, at: new Date() });
  const forgetAllButFirst = async () => {
    await docs.deleteMany({ token: { $exists: true }, _id: { $ne: FIRST } });
    await marks.deleteOne({ _id: SWEPT });
    given.clear();
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
      for (const { name, everyMs, slots } of rings) {
        const period = Math.floor(checkpoint.at.getTime() / everyMs);
        if (given.get(name) === period) continue;
        await docs.updateOne({ _id: `${name}-${period % slots}` }, { $set: checkpoint }, { upsert: true });
        given.set(name, period);
      }
    },
    async forgetAfter(at) {
      await docs.deleteMany({ token: { $exists: true }, _id: { $ne: FIRST }, at: { $gt: at } });
      given.clear();
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
