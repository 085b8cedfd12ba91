import { DEAD_LETTER_STREAM, LOG_STREAM, logSubjects, STATE_STREAM } from '@muster/contracts';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  PersistMode,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';

/**
 * The log as it is now. `epoch` and `stateEpoch` are the times at which FARM and FARM_STATE were created: another value
 * means that the stream was lost and made anew. Sequences are FARM's.
 */
export type StreamStatus = {
  readonly epoch: string;
  readonly stateEpoch: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;

const common = { storage: StorageType.File, retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old };

const logConfig = (): Partial<StreamConfig> & { name: string } => ({
  ...common,
  name: LOG_STREAM,
  subjects: logSubjects(),
  max_age: nanos(7 * DAY_MS),
  duplicate_window: nanos(2 * 60 * 1000),
  deny_delete: true,
  deny_purge: true,
});

/**
 * Not written through with each message, as FARM is: what a killed server had not yet written comes again from FARM, where it goes on
 * behind the last message that it has (docs/decisions/010). Of several replicas the server decides that by itself.
 */
const stateConfig = (replicas: number): Partial<StreamConfig> & { name: string } => ({
  ...common,
  name: STATE_STREAM,
  sources: [{ name: LOG_STREAM }],
  max_msgs_per_subject: 1,
  allow_direct: true,
  ...(replicas === 1 ? { persist_mode: PersistMode.Async } : {}),
});

const deadLetterConfig = (): Partial<StreamConfig> & { name: string } => ({
  ...common,
  name: DEAD_LETTER_STREAM,
  subjects: ['dlq.>', `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${LOG_STREAM}.*`],
  max_age: nanos(30 * DAY_MS),
});

/**
 * Makes FARM, FARM_STATE and FARM_DLQ where they are missing; any number of callers may do so at once.
 *
 * @throws when JetStream does not answer or cannot make them.
 */
export async function ensureStreams(
  nc: NatsConnection,
  options: { replicas?: number } = {},
): Promise<StreamStatus> {
  const manager = await jetstreamManager(nc, { checkAPI: false, timeout: 5000 });
  const { replicas = 1 } = options;
  const replicated = { num_replicas: replicas };
  const log = await ensureStream(manager, { ...logConfig(), ...replicated });
  const old = await streamInfo(manager, STATE_STREAM);
  if (old !== undefined && isUnfit(old, { log, replicas })) await manager.streams.delete(STATE_STREAM);
  const state = await ensureStream(manager, { ...stateConfig(replicas), ...replicated });
  await ensureStream(manager, { ...deadLetterConfig(), ...replicated });
  return statusOf(log, state);
}

/**
 * A FARM_STATE that is older than FARM belongs to a FARM that was lost. It would wait for that one's next sequence and so skip the new
 * one's messages. And one that is not written through cannot have several replicas.
 */
const isUnfit = (state: StreamInfo, { log, replicas }: { log: StreamInfo; replicas: number }): boolean =>
  isBefore(state.created, log.created) ||
  (state.config.persist_mode === PersistMode.Async && state.config.num_replicas !== replicas);

/** The log as it is now; undefined when a stream is missing. */
export async function readStreams(nc: NatsConnection): Promise<StreamStatus | undefined> {
  const manager = await jetstreamManager(nc, { checkAPI: false, timeout: 2000 });
  const [log, state] = await Promise.all([
    streamInfo(manager, LOG_STREAM),
    streamInfo(manager, STATE_STREAM),
  ]);
  return log && state && !isBefore(state.created, log.created) ? statusOf(log, state) : undefined;
}

const statusOf = (log: StreamInfo, state: StreamInfo): StreamStatus => ({
  epoch: log.created,
  stateEpoch: state.created,
  firstSeq: log.state.first_seq,
  lastSeq: log.state.last_seq,
});

/** Times as the server writes them: UTC, with as many decimals as are needed. */
const isBefore = (one: string, other: string) => one.replace('Z', '') < other.replace('Z', '');

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<StreamInfo> {
  const found = await streamInfo(manager, config.name);
  if (found === undefined) return manager.streams.add(config);
  const isSame =
    found.config.num_replicas === config.num_replicas &&
    [...(found.config.subjects ?? [])].sort().join() === [...(config.subjects ?? [])].sort().join();
  if (isSame) return found;
  // How it is written cannot be changed.
  const { persist_mode: _, ...changeable } = config;
  return manager.streams.update(config.name, changeable);
}

async function streamInfo(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

/** True for JetStream's refusal with that code. */
export const isApiError = (error: unknown, code: number): boolean =>
  error instanceof JetStreamApiError && error.code === code;
