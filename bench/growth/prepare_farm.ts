import { asker, type Handle, type ServerBinaries, startTestServices, type TestServices } from '@muster/dev';
import { type Db, MongoClient } from 'mongodb';
import { compareShapes } from './compare_shapes.ts';
import { referenceDocument, tagDocument, taggingDocument } from './documents.ts';
import { passRelay, relayAtRest, relayUpToDate } from './pass_relay.ts';

/** Servers with a database that can be seeded, and the tags service, which is down at first. */
export type PreparedFarm = {
  readonly db: Db;
  readonly token: string;
  /** Starts the tags service anew, in a process without history, on what is stored by then; it is up to date then. */
  start(): Promise<Handle>;
  /** Ends everything and removes all that was stored. */
  stop(): Promise<void>;
};

/**
 * Starts servers in a fresh folder and lets the service make its collections, store one tag, one tagging and one reference, and end.
 *
 * @throws {Error} when what it stored is not of the shape that is going to be seeded.
 */
export async function prepareFarm(binaries: ServerBinaries): Promise<PreparedFarm> {
  const services = await startTestServices(binaries);
  const client = new MongoClient(services.servers.mongodbUrl);
  const db = client.db('tags');
  let running: Handle | undefined;
  const stop = async () => {
    await client.close();
    await services.stop();
  };
  try {
    await storeOne(services, db);
    await demandShapes(db);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    db,
    token: services.token,
    async start() {
      if (running === undefined) await passRelay(db);
      else await running.stop();
      running = await services.start('tags');
      await relayUpToDate(running.url!);
      return running;
    },
    stop,
  };
}

async function storeOne(services: TestServices, db: Db): Promise<void> {
  const [tags, registry] = await Promise.all([services.start('tags'), services.start('registry')]);
  const made = async (handle: Handle, line: string, json: object) => {
    const { status, body } = await asker(handle.url!, services.token)(line, { json });
    if (status !== 201) throw new Error(`${line} answered ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const agent = await made(registry, 'POST /api/v1/agents/', { hostname: 'first.farm' });
  await made(tags, 'POST /api/v1/tags/', { tag: 'first' });
  await made(tags, 'POST /api/v1/tags/first/agents/', { agent_id: agent.id });
  await relayAtRest(db);
  await Promise.all([tags.stop(), registry.stop()]);
}

async function demandShapes(db: Db): Promise<void> {
  const tag = { id: 1, tag: 'first', incarnation: '' };
  const seeded = {
    tags: tagDocument(tag),
    taggings: taggingDocument(tag, ''),
    references: referenceDocument(''),
  };
  for (const [name, document] of Object.entries(seeded)) {
    const differences = compareShapes(document, await db.collection(name).findOne());
    if (differences.length === 0) continue;
    throw new Error(
      `documents.ts does not write ${name} as the service does:\n  ${differences.join('\n  ')}`,
    );
  }
}
