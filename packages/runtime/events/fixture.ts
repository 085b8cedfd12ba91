import { deepEqual } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Agent,
  type ChangeEvent,
  DEAD_LETTER_STREAM,
  eventType,
  LOG_STREAM,
  STATE_STREAM,
} from '@muster/contracts';
import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Collection, Db } from 'mongodb';
import { pino } from 'pino';
import { buryRecord } from '../mongo/bury_record.ts';
import { changeRecord } from '../mongo/change_record.ts';
import { ensureCollections } from '../mongo/collections.ts';
import { insertRecord } from '../mongo/insert_record.ts';
import { type Mongo, openMongo } from '../mongo/open_mongo.ts';
import type { Change, RecordDoc } from '../mongo/record.ts';
import type { NatsLink } from '../nats/nats_link.ts';
import { openNats } from '../nats/open_nats.ts';
import { readMessage } from '../nats/read_message.ts';
import { type Relay, startRelay } from './relay.ts';
import type { OnCreated } from './relayed.ts';

/** What the integration tests of this folder work with: a registry of agents in a database of its own, and an empty log. */
export type Fixture = {
  readonly mongo: Mongo;
  readonly db: Db;
  readonly agents: Collection<RecordDoc<Agent>>;
  readonly link: NatsLink;
  readonly nc: NatsConnection;
  /** Starts a relay of the agents, which is stopped at the end at the latest. */
  relay(onCreated?: OnCreated): Relay;
  close(): Promise<void>;
};

/** A silent log; `TEST_LOG` names a level to hear it at. */
export const log = pino({ level: process.env.TEST_LOG ?? 'silent' });

/** The one collection that the tests publish. */
export const agentsRelayed = [{ name: 'agents', type: 'agent' }] as const;

/** Opens a fresh database and removes the streams. */
export async function openFixture(urls: { mongodbUrl: string; natsUrl: string }): Promise<Fixture> {
  const mongo = openMongo({ url: urls.mongodbUrl, database: `test_${randomUUID()}`, log });
  await ensureCollections(mongo.db, [{ name: 'agents', published: true }], { log }).done;
  const link = openNats({ url: urls.natsUrl, name: 'test', log });
  const nc = await connect({ servers: urls.natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  await link.connection();
  await removeStreams(nc);
  const relays: Relay[] = [];
  return {
    mongo,
    db: mongo.db,
    agents: mongo.db.collection('agents'),
    link,
    nc,
    relay(onCreated) {
      const collections = agentsRelayed;
      const one = startRelay({ service: 'registry', mongo: mongo.db, link, collections, onCreated, log });
      relays.push(one);
      return one;
    },
    async close() {
      await Promise.all(relays.map((one) => one.stop()));
      await nc.close();
      await link.drain();
      await mongo.db.dropDatabase();
      await mongo.close();
    },
  };
}

/** Removes every stream, where it is there. */
export async function removeStreams(nc: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(nc);
  for (const name of [STATE_STREAM, LOG_STREAM, DEAD_LETTER_STREAM]) {
    await manager.streams.delete(name).catch(() => {});
  }
}

const change = (verb: 'created' | 'updated' | 'deleted'): Change => ({
  type: eventType('agent', verb),
  at: new Date(),
  traceparent: null,
  by: 'test',
});

/** An agent's public state. */
export const agentState = (id: string, more: Partial<Agent> = {}): Agent => ({
  id,
  hostname: 'h',
  state: 'online',
  ...more,
});

/** Makes an agent, or makes it again. */
export const createAgent = ({ agents }: Pick<Fixture, 'agents'>, id: string) =>
  insertRecord(agents, { id, state: agentState(id), change: change('created') });

/** Changes an agent. */
export const updateAgent = ({ agents }: Pick<Fixture, 'agents'>, id: string, patch: Partial<Agent>) =>
  changeRecord(agents, { id, patch, change: change('updated') });

/** Deletes an agent. */
export const deleteAgent = ({ agents }: Pick<Fixture, 'agents'>, id: string) =>
  buryRecord(agents, { id, change: change('deleted') });

/** `count` changes of `ids`, created, updated, deleted and made again in a repeatable mix; parallel over records. */
export async function mixedChanges(fixture: Pick<Fixture, 'agents'>, ids: readonly string[], count: number) {
  const each = Math.ceil(count / ids.length);
  await Promise.all(
    ids.map(async (id, lane) => {
      for (let turn = 0; turn < each; turn += 1) {
        const kind = (turn * 7 + lane * 3) % 5;
        if (turn === 0 || kind === 0) await createAgent(fixture, id);
        else if (kind === 4) await deleteAgent(fixture, id);
        else await updateAgent(fixture, id, { hostname: `h${turn}` });
      }
    }),
  );
}

/** So many ids that nobody has. */
export const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

/** Reads a stream's messages from its beginning to its present end. */
export async function readStream(nc: NatsConnection, stream: string, subject = '>'): Promise<ChangeEvent[]> {
  const consumer = await jetstream(nc).consumers.get(stream, {
    deliver_policy: DeliverPolicy.All,
    filter_subjects: subject,
  });
  let left = (await consumer.info()).num_pending;
  const events: ChangeEvent[] = [];
  while (left > 0) {
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, 500), expires: 2000 })) {
      events.push(readMessage(message));
      left = message.info.pending;
    }
  }
  return events;
}

/** The versions of each record in the order in which the log has them. */
export function versionsOf(events: readonly ChangeEvent[]): Map<string, number[]> {
  const versions = new Map<string, number[]>();
  for (const { key, v } of events) versions.set(key, [...(versions.get(key) ?? []), v]);
  return versions;
}

/** What the log must be: each record's versions from 1 to its present one, each once and in order. */
export async function expectedVersions({ agents }: Fixture): Promise<Map<string, number[]>> {
  const docs = await agents.find().toArray();
  return new Map(docs.map(({ _id, v }) => [_id, Array.from({ length: v }, (_, index) => index + 1)]));
}

/** Waits until FARM has each version of each agent, once and in order, among the messages of `subject`. */
export async function logIsWhole(fixture: Fixture, subject?: string): Promise<void> {
  const expected = await expectedVersions(fixture);
  await eventually(async () =>
    deepEqual(versionsOf(await readStream(fixture.nc, LOG_STREAM, subject)), expected),
  );
}

/** Asks until it holds; throws the last failure after `withinMs`. */
export async function eventually<T>(ask: () => Promise<T> | T, withinMs = 15_000): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(50);
    }
  }
}

/** A nats-server of a test's own, which it can stop, kill and start again on the same store. */
export async function startOwnNats(place: { binary: string; home: string; port: number }) {
  await mkdir(place.home, { recursive: true });
  const config = join(place.home, 'nats.conf');
  const store = join(place.home, 'store');
  await writeFile(
    config,
    `listen: "127.0.0.1:${place.port}"\njetstream { store_dir: ${JSON.stringify(store)}, sync_interval: always }\n`,
  );
  let child: ChildProcess | undefined;
  const server = {
    url: `nats://127.0.0.1:${place.port}`,
    store,
    async start() {
      child = spawn(place.binary, ['--config', config], { stdio: 'ignore' });
      await eventually(async () => {
        const nc = await connect({ servers: server.url, reconnect: false, timeout: 500 });
        await nc.request('$JS.API.INFO', '', { timeout: 500 }).finally(() => nc.close());
      });
    },
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      if (child === undefined || child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
  await server.start();
  return server;
}

/** Makes checkpoints, every one or those that `which` names, as old as if the oplog had been cut since: a change's token whose clock time says 1970. */
export async function loseHistory(fixture: Fixture, which: object = {}): Promise<void> {
  const stream = fixture.agents.watch<Agent, { _id: { _data: string } }>();
  await stream.tryNext();
  await createAgent(fixture, newIds(1)[0]!);
  const { _id: token } = await stream.next();
  await stream.close();
  const old = { _data: `82${'00000001'.repeat(2)}${token._data.slice(18)}` };
  await fixture.db
    .collection('relay_checkpoints')
    .updateMany({ ...which, token: { $exists: true } }, { $set: { token: old } });
}
