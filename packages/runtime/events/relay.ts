import type { Owner } from '@muster/contracts';
import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import type { NatsLink } from '../nats/nats_link.ts';
import { openCheckpoints } from './checkpoints.ts';
import { type Findings, keepAPlace } from './find_start.ts';
import { openLease } from './lease.ts';
import type { RelayProgress } from './relay_progress.ts';
import { runRelaySession } from './relay_session.ts';
import { namesOf, type OnCreated, type RelayedCollection } from './relayed.ts';
import { backOffMs, pause, runSessions } from './sessions.ts';

export type { RelayedCollection } from './relayed.ts';

/** What brings a service's changes from its database to the log. */
export type Relay = {
  /** True once it is sure that every change from now on will be published. */
  ready(): boolean;
  status(): RelayStatus;
  /** Waits for what is under way, keeps its position, and lets another instance take over at once. */
  stop(): Promise<void>;
};

/** `lagMs`: what changed longer ago than this is in the log; Infinity before that is known. */
export type RelayStatus = {
  /** `waiting` for NATS or MongoDB, `standby` while another instance relays. */
  readonly state: 'waiting' | 'standby' | 'relaying' | 'stopped';
  readonly published: number;
  readonly skipped: number;
  readonly rewinds: number;
  readonly sweeps: number;
  readonly inFlight: number;
  readonly lagMs: number;
};

/** What a relay publishes, from where to where; `replicas` of the streams, 1 when left off. */
export type RelayOptions = {
  readonly service: Owner;
  /** The service's own database. */
  readonly mongo: Db;
  readonly link: NatsLink;
  readonly collections: readonly RelayedCollection[];
  readonly replicas?: number;
  readonly onCreated?: OnCreated | undefined;
  readonly log: Logger;
};

const RENEW_MS = 1000;
const STANDBY_MS = 500;

/**
 * Starts a service's relay: each version of each record of `collections` is published to FARM once and in order, however
 * often and wherever the relay is stopped, killed or cut off, and however many instances run one. NATS away: it waits, the
 * oplog keeps the changes. Never throws.
 */
export function startRelay(options: RelayOptions): Relay {
  const { mongo: db, link, log, service, collections } = options;
  const publisher = { service, collections };
  const checkpoints = openCheckpoints(db);
  const lease = openLease(db);
  const stopping = new AbortController();
  const findings: Findings = {};
  const progress: RelayProgress = {
    published: 0,
    skipped: 0,
    rewinds: 0,
    sweeps: 0,
    inFlight: 0,
    caughtUpAt: Number.NEGATIVE_INFINITY,
  };
  let state: RelayStatus['state'] = 'waiting';
  let ready = false;
  const { replicas = 1, onCreated } = options;
  const deps = { db, publisher, checkpoints, progress, findings, replicas, onCreated, log };

  const prepare = async () => {
    for (let attempt = 0; !ready && !stopping.signal.aborted; attempt += 1) {
      try {
        await keepAPlace({ db, checkpoints, collections: namesOf(publisher) });
        ready = true;
      } catch (error) {
        if (attempt % 20 === 0) log.warn({ err: error }, 'relay: MongoDB is away; trying on');
        await pause(backOffMs(attempt), stopping.signal);
      }
    }
  };

  /** Relays while the lease is held. An instance without NATS lets it lapse for one that has it. */
  const relayWhileHeld = async () => {
    const lost = new AbortController();
    const renew = async () => {
      if (link.isUp() && !(await lease.take())) lost.abort(new Error('another instance relays'));
    };
    const timer = setInterval(() => {
      renew().catch((error: unknown) => log.debug({ err: error }, 'relay: the lease was not renewed'));
    }, RENEW_MS);
    try {
      const held = AbortSignal.any([lost.signal, stopping.signal]);
      await runSessions({ link, log, name: 'relay', stopping: held }, (session) => {
        state = 'relaying';
        return runRelaySession(session, deps).finally(() => {
          state = 'waiting';
        });
      });
    } finally {
      clearInterval(timer);
      await lease.release().catch(() => {});
    }
  };

  const run = async () => {
    await prepare();
    while (!stopping.signal.aborted) {
      if (link.isUp() && (await lease.take().catch(() => false))) await relayWhileHeld();
      else {
        state = link.isUp() ? 'standby' : 'waiting';
        await pause(link.isUp() ? STANDBY_MS : 100, stopping.signal);
      }
    }
    state = 'stopped';
  };
  const done = run();

  return {
    ready: () => ready,
    status() {
      const { caughtUpAt, ...counts } = progress;
      return { ...counts, state, lagMs: Date.now() - caughtUpAt };
    },
    async stop() {
      stopping.abort(new Error('the relay is stopping'));
      await done;
    },
  };
}
