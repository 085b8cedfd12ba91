import { readFile } from 'node:fs/promises';
import type { Db, Document } from 'mongodb';
import { until } from './until.ts';

/**
 * How seeding gets past the relay. It publishes every change that it finds in the oplog behind its checkpoint, and compares whole
 * collections with the log where it has none: a million seeded records would take it minutes, while the measurement runs. So the
 * service first runs once on its empty database, which gives its relay a checkpoint that the log bears out and a finished comparison;
 * while it is down the records are seeded, and the checkpoints are moved behind them. To the relay they are then what was published
 * long ago. It works on as ever: what is measured includes that each change is published to a log that syncs on every message.
 *
 * One thing would betray it: the next version of a seeded record, before which the log lacks the first. No measurement makes one.
 */
const CHECKPOINTS = 'relay_checkpoints';

/** Resolves when the relay has compared the collections with the log and kept a checkpoint that stands on a published event. */
export async function relayAtRest(db: Db): Promise<void> {
  const kept = db.collection<Document & { _id: string }>(CHECKPOINTS);
  await until('the relay has kept its place', async () => {
    const [swept, latest] = await Promise.all([
      kept.findOne({ _id: 'swept' }),
      kept.findOne({ _id: 'latest' }),
    ]);
    return swept !== null && latest !== null && latest.seq > 0;
  });
}

/** Moves the checkpoints of a relay that does not run behind everything that is stored by now. */
export async function passRelay(db: Db): Promise<void> {
  const stream = db.watch([], { maxAwaitTimeMS: 100 });
  try {
    await stream.tryNext();
    const token = stream.resumeToken;
    const { matchedCount } = await db
      .collection(CHECKPOINTS)
      .updateMany({ token: { $exists: true } }, { $set: { token } });
    if (matchedCount === 0) throw new Error('the relay left no checkpoint');
  } finally {
    await stream.close();
  }
}

/** Resolves when the relay has published all but the last second's changes. */
export async function relayUpToDate(url: string): Promise<void> {
  await until('the relay is up to date', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lag = /^muster_relay_lag_ms (\S+)$/m.exec(text)?.[1];
    return lag !== undefined && Number(lag) < 1_000;
  });
}

/** Throws when a service's log tells that its relay went back or compared collections, which would spoil what was timed. */
export async function demandQuietRelay(log: string): Promise<void> {
  const line = (await readFile(log, 'utf8')).split('\n').find((one) => one.includes('"msg":"relay: '));
  if (line !== undefined) throw new Error(`the relay did not go on from its checkpoint: ${line}`);
}
