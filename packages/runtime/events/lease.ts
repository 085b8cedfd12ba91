import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { duplicateKey } from '../mongo/errors.ts';
import { RELAY_COLLECTION } from './checkpoints.ts';

/** The right to be the one relay that works. It only saves work: any number of relays at once publish the same. */
export type Lease = {
  /** Takes or renews it for 3 s; false when another holds it. */
  take(): Promise<boolean>;
  /** Gives it back, so that another takes over at once. */
  release(): Promise<void>;
};

const HELD_MS = 3000;

type Doc = { _id: string; holder: string; until: Date };

/** Opens the lease of a service's relay for one holder. */
export function openLease(db: Db): Lease {
  const leases = db.collection<Doc>(RELAY_COLLECTION);
  const holder = randomUUID();
  return {
    async take() {
      const now = new Date();
      try {
        await leases.updateOne(
          { _id: 'lease', $or: [{ holder }, { until: { $lt: now } }] },
          { $set: { holder, until: new Date(now.getTime() + HELD_MS) } },
          { upsert: true },
        );
        return true;
      } catch (error) {
        // The upsert ran into the lease that another holds.
        if (duplicateKey(error) !== undefined) return false;
        throw error;
      }
    },
    async release() {
      await leases.deleteOne({ _id: 'lease', holder });
    },
  };
}
