import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node';
import { MongoClient, type Timestamp } from 'mongodb';
import type { Doubled, FaultFarm } from './farm.ts';
import type { Marks } from './faults.ts';

const storeOf = (farm: FaultFarm) => join(farm.home, 'nats');

/** A relay's checkpoints lie 5 s apart at first; a log that went back to a moment so soon after a cut may ask for more than is left. */
const APART_MS = 10_000;

/** The store goes back to how it was some seconds ago, with all that was acknowledged since then lost. */
export async function rollBackStore(farm: FaultFarm, marks: Marks): Promise<void> {
  const nats = farm.process('nats-server');
  const kept = join(farm.home, 'nats-kept');
  await nats.stop('SIGKILL');
  await rm(kept, { recursive: true, force: true });
  await cp(storeOf(farm), kept, { recursive: true });
  const keptAt = Date.now();
  await nats.start();
  await sleep(3_000);
  await nats.stop('SIGKILL');
  await rm(storeOf(farm), { recursive: true });
  await cp(kept, storeOf(farm), { recursive: true });
  if (keptAt - marks.cutUntil < APART_MS) marks.cutUntil = Date.now();
  await nats.start();
}

/** The whole store is lost. What is left of the oplog is what the log can be built from again, version by version. */
export async function wipeStore(farm: FaultFarm, marks: Marks): Promise<void> {
  const nats = farm.process('nats-server');
  await nats.stop('SIGKILL');
  await rm(storeOf(farm), { recursive: true });
  if (Number.isFinite(marks.cutUntil)) marks.cutUntil = Date.now();
  await nats.start();
  await shortenMemory(farm);
}

/** No room is left in the store for two seconds. */
export async function fillStore(farm: FaultFarm): Promise<void> {
  await withNats(farm, async (nc) => {
    const manager = await jetstreamManager(nc);
    await manager.streams.add({ name: 'BALLAST', subjects: ['ballast'] });
    const client = manager.jetstream();
    const chunk = new Uint8Array(900_000);
    try {
      // Several at once, since each of them is written through to the disk.
      for (;;)
        await Promise.all(
          Array.from({ length: 8 }, () => client.publish('ballast', chunk, { timeout: 5_000 })),
        );
    } catch {
      await sleep(2_000);
    } finally {
      await manager.streams.delete('BALLAST');
    }
  });
}

/**
 * A service writes while it cannot publish, both its instances are killed, and the oplog is written over before they come back: what
 * it had not published is left in its collections only.
 */
export async function cutOplog(farm: FaultFarm, service: Doubled, marks: Marks): Promise<void> {
  const link = `${service}→nats-server`;
  const names = [service, `${service}-2`];
  farm.links.set(link, 'cut');
  await sleep(1_500);
  await Promise.all(names.map((name) => farm.process(name).stop('SIGKILL')));
  await writeOver(farm.mongodbUrl, Date.now());
  // Whoever else could not follow meanwhile may have lost as much.
  marks.cutUntil = Math.max(marks.cutUntil, Date.now());
  farm.links.set(link, 'open');
  await Promise.all(names.map((name) => farm.process(name).start()));
}

/** Fills the oplog until nothing is left in it from before `at`, ms since 1970. */
async function writeOver(mongodbUrl: string, at: number): Promise<void> {
  await using client = await new MongoClient(mongodbUrl).connect();
  const ballast = client.db('ballast').collection('ballast');
  const oplog = client.db('local').collection<{ ts: Timestamp }>('oplog.rs');
  const chunk = Buffer.alloc(1_000_000, 'ballast');
  for (let round = 0; round < 20; round += 1) {
    for (let count = 0; count < 16; count += 1) await ballast.insertOne({ chunk });
    // It is cut in the background, up to the last checkpoint.
    await sleep(500);
    const oldest = await oplog.find().sort({ $natural: 1 }).limit(1).next();
    if (oldest !== null && oldest.ts.getHighBits() * 1_000 > at) break;
    if (round === 19) throw new Error('the oplog could not be written over');
  }
  await client.db('ballast').dropDatabase();
}

/** How long the log knows a message again, in ms; shorter than a process is stopped for. */
const MEMORY_MS = 2_000;

/** Lets the log forget message ids after 2 s. Waits until the log is there. */
export async function shortenMemory(farm: FaultFarm): Promise<void> {
  await withNats(farm, async (nc) => {
    const manager = await jetstreamManager(nc);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await manager.streams.update('FARM', { duplicate_window: nanos(MEMORY_MS) });
        return;
      } catch (error) {
        if (attempt > 100) throw error;
        await sleep(100);
      }
    }
  });
}

async function withNats(farm: FaultFarm, work: (nc: NatsConnection) => Promise<void>): Promise<void> {
  const nc = await connect({ servers: farm.natsUrl, timeout: 5_000 });
  try {
    await work(nc);
  } finally {
    await nc.close();
  }
}
