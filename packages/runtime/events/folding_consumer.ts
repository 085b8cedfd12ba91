import { LOG_STREAM, type RecordType, recordTypes, typeSubjects } from '@muster/contracts';
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import type { NatsLink } from '../nats/nats_link.ts';
import type { Apply } from './apply_changes.ts';
import { copyToDeadLetters } from './dead_letter.ts';
import { ensureDurable, markersOf } from './ensure_durable.ts';
import { followHeartbeats } from './follow_heartbeats.ts';
import type { Reach } from './in_order.ts';
import { pullBatches } from './pull_batches.ts';
import { openAge, type ReadModelAge } from './read_model_age.ts';
import { readState } from './read_state.ts';
import { backOffMs, pause, runSessions, type Session } from './sessions.ts';
import { type TakenBatch, takeBatch } from './take_batch.ts';
import { watchLag } from './watch_lag.ts';

/** A read model being kept up with the log. */
export type FoldingConsumer = {
  /** True once the read model was filled for the first time, in this process or an earlier one. */
  ready(): boolean;
  status(): ConsumerStatus;
  /** How far it is behind the owners of what it follows; told only with `hearsOwners`. */
  readonly age: Pick<ReadModelAge, 'asOf' | 'seq'>;
  /** Finishes the batch that it has and ends. */
  stop(): Promise<void>;
};

/** What a consumer has done in this process. */
export type ConsumerStatus = {
  readonly applied: number;
  readonly refused: number;
  readonly bootstraps: number;
};

/** What a consumer follows, and what it does with it. */
export type ConsumerOptions = {
  /** The service's name; with `name` it makes the durable's, which all instances of the service share. */
  readonly service: string;
  readonly name: string;
  readonly types: readonly RecordType[];
  /** The service's own database, where it is marked that the read model was filled. */
  readonly db: Db;
  readonly link: NatsLink;
  readonly apply: Apply;
  /** True to hear the owners' heartbeats, which tell how old the read model is. */
  readonly hearsOwners?: boolean;
  readonly replicas?: number;
  readonly log: Logger;
};

/**
 * Keeps a read model up with the log: fills it from FARM_STATE first, then follows FARM by a durable pull consumer, batches
 * folded to one change per record and acknowledged once applied. Outlives the loss of NATS, MongoDB, the durable and the
 * streams; never throws.
 */
export function startConsumer(options: ConsumerOptions): FoldingConsumer {
  const { service, link, log } = options;
  const durable = `${service}_${options.name}`;
  const subjects = options.types.map(typeSubjects);
  const markers = markersOf(options.db);
  const owners = [...new Set(options.types.map((type) => recordTypes[type].owner))];
  const age = openAge(owners);
  const stopping = new AbortController();
  const counts = { applied: 0, refused: 0, bootstraps: 0 };
  let ready = false;
  let seen: Reach | undefined;

  const take = async (batch: readonly JsMsg[], { nc, ended }: Session): Promise<TakenBatch> => {
    const onUnreadable = () => {
      counts.refused += 1;
    };
    const taken = await takeBatch(batch, {
      nc,
      service,
      durable,
      apply: options.apply,
      ended,
      log,
      onUnreadable,
    });
    counts.applied += taken.done.length;
    return taken;
  };

  /** What is refused is delivered again; after its last delivery the server's advisory goes to FARM_DLQ. */
  const takeFromLog = async (batch: readonly JsMsg[], session: Session): Promise<void> => {
    const { done, refused } = await take(batch, session);
    for (const message of done) message.ack();
    for (const { message } of refused) message.nak(1000);
  };

  /** The last state of a record is read once, so what is refused goes to FARM_DLQ at once. */
  const takeFromState = async (batch: readonly JsMsg[], session: Session): Promise<void> => {
    const { refused } = await take(batch, session);
    counts.refused += refused.length;
    for (const { message, reason } of refused) {
      await copyToDeadLetters(session.nc, message, { service, consumer: durable, reason });
    }
  };

  const follow = async (session: Session): Promise<void> => {
    const bootstrap = async () => {
      log.info({ durable }, 'filling the read model from FARM_STATE');
      counts.bootstraps += 1;
      return readState(session.nc, {
        subjects,
        ended: session.ended,
        handle: (batch) => takeFromState(batch, session),
      });
    };
    const { replicas } = options;
    const more = replicas === undefined ? {} : { replicas };
    await ensureDurable(session.nc, { durable, subjects, markers, seen, bootstrap, ...more });
    ready = true;
    const consumer = await jetstream(session.nc).consumers.get(LOG_STREAM, durable);
    const ends = options.hearsOwners
      ? [watchLag(session.nc, { durable, age, log }), followHeartbeats(session.nc, { owners, age, log })]
      : [];
    const handle = async (batch: readonly JsMsg[]) => {
      await takeFromLog(batch, session);
      const last = batch.at(-1)!;
      seen = { seq: last.seq, id: last.headers?.get('ce-id') ?? '' };
    };
    await pullBatches(consumer, { ended: session.ended, handle }).finally(() => {
      for (const end of ends) end();
    });
  };

  const knowMarker = async () => {
    for (let attempt = 0; !ready && !stopping.signal.aborted; attempt += 1) {
      try {
        ready ||= (await markers.findOne({ _id: durable })) !== null;
        return;
      } catch {
        await pause(backOffMs(attempt), stopping.signal);
      }
    }
  };

  const run = runSessions({ link, log, name: `consumer ${durable}`, stopping: stopping.signal }, follow);
  const done = Promise.all([run, knowMarker()]);
  return {
    ready: () => ready,
    status: () => ({ ...counts }),
    age,
    async stop() {
      stopping.abort(new Error('the consumer is stopping'));
      await done;
    },
  };
}
