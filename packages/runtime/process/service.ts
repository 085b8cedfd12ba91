import { asyncApiDocument, type Operation, type Owner, openApiDocument } from '@muster/contracts';
import type { FoldingConsumer } from '../events/folding_consumer.ts';
import { followChanges } from '../events/follow_changes.ts';
import { startRelay } from '../events/relay.ts';
import type { OnCreated, RelayedCollection } from '../events/relayed.ts';
import type { Handler } from '../http/begin_operation.ts';
import { edge } from '../http/edge.ts';
import type { Freshness } from '../http/freshness.ts';
import { type Check, ownRoutes } from '../http/own_routes.ts';
import { peerReader } from '../http/peer.ts';
import { readyAnswers } from '../http/ready_answers.ts';
import { limitedServer, MAX_FIELDS_FORWARDED } from '../http/server.ts';
import { type CollectionSpec, ensureCollections } from '../mongo/collections.ts';
import { mongoUnavailable } from '../mongo/errors.ts';
import { type Mongo, openMongo } from '../mongo/open_mongo.ts';
import type { NatsLink } from '../nats/nats_link.ts';
import { openNats } from '../nats/open_nats.ts';
import { authoriser } from '../tokens/authorise.ts';
import { failedTokens } from '../tokens/failed_tokens.ts';
import { openTokenFile } from '../tokens/token_file.ts';
import { jwtVerifierOf } from '../tokens/verify_jwt.ts';
import type { Config, serviceSettings } from './config.ts';
import { type Logger, openLog } from './log.ts';
import { gauge } from './metrics.ts';
import { runUntilStopped } from './run.ts';

/** What a service builds its rooms from. */
export type Kit = {
  readonly db: Mongo['db'];
  readonly client: Mongo['client'];
  readonly link: NatsLink;
  readonly log: Logger;
};

/**
 * What a service is made of once its rooms are wired: handlers, the consumers that feed its read models and how old what these hold
 * may be, what it does about records that it made, what to stop.
 */
export type Rooms<Id extends string> = {
  readonly handlers: Readonly<Record<Id, Handler>>;
  readonly consumers?: readonly FoldingConsumer[];
  readonly freshness?: Freshness;
  readonly onCreated?: OnCreated;
  readonly stops?: readonly (() => void | Promise<void>)[];
};

/** A service as its `main.ts` declares it. */
export type Service<Id extends string> = {
  readonly name: Owner;
  readonly config: Config<typeof serviceSettings>;
  readonly openWrites: boolean;
  readonly pollLimit: number;
  readonly operations: Readonly<Record<Id, Operation>>;
  readonly collections: readonly CollectionSpec[];
  readonly relayed: readonly RelayedCollection[];
  readonly build: (kit: Kit) => Rooms<Id>;
};

/**
 * Runs a service: its servers, collections, relay, consumers and HTTP edge. It starts while MongoDB, NATS and the other services
 * are away, and says by `/readyz` when it can serve. NATS being away is shown there, but does not make it unready: writes go on,
 * since the oplog keeps their events.
 */
export async function runService<Id extends string>(service: Service<Id>): Promise<void> {
  const { name, config } = service;
  const log = openLog(name, config.LOG_LEVEL);
  const jwt = jwtVerifierOf(config);
  const mongo = openMongo({ url: config.MONGODB_URL, database: name, log });
  const link = openNats({ url: config.NATS_URL, name, log });
  const tokens = openTokenFile(config.TOKENS_FILE, log);
  const collections = ensureCollections(mongo.db, service.collections, { log });
  const rooms = service.build({ db: mongo.db, client: mongo.client, link, log });
  const relay = startRelay({
    service: name,
    mongo: mongo.db,
    link,
    collections: [...service.relayed],
    replicas: config.STREAM_REPLICAS,
    onCreated: rooms.onCreated,
    log,
  });
  const consumers = rooms.consumers ?? [];
  const { freshness } = rooms;
  if (freshness !== undefined) {
    const help = 'How far the read model may be behind the owners of what it keeps copies of.';
    gauge('refs_lag_ms', help, () => Date.now() - freshness.asOf());
  }
  gauge('relay_lag_ms', 'How old the oldest change is that is not yet published.', () => {
    const { state, lagMs } = relay.status();
    // Another instance's relay is at work; how far that is, it tells itself.
    return state === 'standby' ? 0 : lagMs;
  });

  const drain = new AbortController();
  const needs: Record<string, Check> = {
    mongodb: () => mongo.ping().then(() => true),
    collections: () => collections.ready(),
    relay: () => relay.ready(),
    ...(consumers.length === 0 ? {} : { read_model: () => consumers.every((consumer) => consumer.ready()) }),
  };
  const peerOf = peerReader(config.TRUSTED_PROXIES);
  const keeps = Object.values<Operation>(service.operations).some(({ keepable }) => keepable);
  const ready = keeps ? readyAnswers({ peerOf, requireTls: config.REQUIRE_TLS, log }) : undefined;
  const changes =
    ready &&
    followChanges(mongo.db, [...service.relayed], { onChange: ready.forget, onRest: ready.hold, log });
  const info = { title: `Muster: ${name}`, version: '1.0.0' };
  const listener = edge({
    operations: service.operations,
    handlers: rooms.handlers,
    ownRoutes: ownRoutes({
      ending: drain.signal,
      needs,
      shows: { nats: () => link.isUp() },
      documents: {
        '/openapi.json': () => openApiDocument(Object.values(service.operations), info),
        '/asyncapi.json': () => asyncApiDocument(info.version),
      },
    }),
    authorise: authoriser({
      tokens,
      failed: failedTokens(config.FAILED_TOKENS_PER_MINUTE),
      openWrites: service.openWrites,
      jwt,
    }),
    peerOf,
    requireTls: config.REQUIRE_TLS,
    pollLimit: service.pollLimit,
    // A write before the indexes are there, or before the relay has its place in the oplog, would not be kept to its rules.
    mayWrite: () => collections.ready() && relay.ready(),
    freshness,
    ready,
    corsOrigins: config.CORS_ORIGINS,
    translate: mongoUnavailable,
    log,
  });
  const server = limitedServer(listener, { maxFields: MAX_FIELDS_FORWARDED });
  await runUntilStopped(server, {
    host: config.HOST,
    port: config.PORT,
    drainWaitMs: config.DRAIN_WAIT_MS,
    log,
    drain,
    closers: [
      async () => void (await Promise.all(consumers.map((consumer) => consumer.stop()))),
      async () => void (await Promise.all((rooms.stops ?? []).map((stop) => stop()))),
      () => relay.stop(),
      async () => changes?.stop(),
      async () => {
        collections.stop();
        tokens.close();
      },
      () => link.drain(),
      () => mongo.close(),
    ],
  });
}
