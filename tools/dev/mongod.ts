import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { FarmError, messageOf } from './farm_error.ts';
import { loopback } from './ports.ts';
import { type Care, type Handle, startProcess } from './process_handle.ts';

const set = 'rs0';

/** Where a server's program, port and files are. */
export interface ServerPlace {
  readonly home: string;
  readonly binary: string;
  readonly port: number;
  /** How much it keeps of its log, in MB: mongod of its oplog, nats-server of all streams. Its own default unless given. */
  readonly limitMb?: number | undefined;
}

/** The connection string of the embedded mongod. */
export function mongodbUrlOf(port: number): string {
  return `mongodb://${loopback}:${port}/?replicaSet=${set}`;
}

/** Starts mongod as a one-node replica set on kept data in `<home>/mongodb` and resolves when it takes writes. */
export async function startMongod(
  { home, binary, port, limitMb }: ServerPlace,
  care: Care = {},
): Promise<Handle> {
  const dbpath = join(home, 'mongodb');
  await mkdir(dbpath, { recursive: true });
  const args = [
    ...[
      '--replSet',
      set,
      '--port',
      String(port),
      '--bind_ip',
      loopback,
      '--nounixsocket',
      '--dbpath',
      dbpath,
    ],
    // A guest on the machine: the default cache is half of its memory.
    ...['--wiredTigerCacheSizeGB', '0.5', '--setParameter', 'diagnosticDataCollectionEnabled=false'],
    // What a killed service was about to replace is free again after this time; the default is a minute.
    ...['--setParameter', 'transactionLifetimeLimitSeconds=10'],
    // A lone primary has nobody to hand over to; the default waits 15 s for a secondary.
    ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'],
    // The oplog is cut up to the last checkpoint only, of which there is one a minute by default.
    ...(limitMb === undefined ? [] : ['--oplogSize', String(limitMb), '--syncdelay', '2']),
  ];
  return await startProcess(
    {
      name: 'mongod',
      command: binary,
      args,
      log: join(home, 'logs', 'mongod.log'),
      ready: () => makePrimary(port),
      readyWithin: 90_000,
      stopWithin: 30_000,
      advice: `Next: see what the log complains of. Data that cannot be read can be given up by removing ${dbpath}.`,
    },
    care,
  );
}

/** Brings the node into its replica set, under its present port, and rejects until it is primary. */
async function makePrimary(port: number): Promise<void> {
  const client = new MongoClient(`mongodb://${loopback}:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 500,
    connectTimeoutMS: 500,
  });
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello.isWritablePrimary) return;
    const member = `${loopback}:${port}`;
    if (!hello.setName) {
      // "Does not have a valid replica set config" is true both of new data and of a set that left us out.
      const config = await readConfig(client);
      if (!config) {
        await admin.command({ replSetInitiate: { _id: set, members: [{ _id: 0, host: member }] } });
      } else if (config.members[0]?.host !== member) {
        // The kept configuration names the port of an earlier start, so the node does not find itself in it.
        const members = [{ ...config.members[0], host: member }];
        await admin.command({
          replSetReconfig: { ...config, members, version: config.version + 1 },
          force: true,
        });
      }
    }
    throw new Error(`not yet primary: ${hello.info ?? 'an election is due'}`);
  } finally {
    await client.close();
  }
}

interface SetConfig {
  readonly version: number;
  readonly members: readonly { readonly host: string }[];
}

async function readConfig(client: MongoClient): Promise<SetConfig | undefined> {
  try {
    return (await client.db('admin').command({ replSetGetConfig: 1 })).config as SetConfig;
  } catch (error) {
    // 94: NotYetInitialized
    if ((error as { code?: number }).code === 94) return undefined;
    throw error;
  }
}

/** Refuses a given MongoDB that does not answer or is no replica set. @throws {FarmError} with the reason */
export async function demandMongodb(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5000 });
  try {
    const hello = await client.db('admin').command({ hello: 1 });
    if (hello.setName || hello.msg === 'isdbgrid') return;
  } catch (error) {
    throw new FarmError(`MONGODB_URL is given, but no MongoDB answers there: ${messageOf(error)}`);
  } finally {
    await client.close();
  }
  throw new FarmError(
    'MONGODB_URL names a standalone mongod; change streams need a replica set (one node is enough).',
  );
}
