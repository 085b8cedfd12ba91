import { LOG_STREAM } from '@muster/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { readStreams } from '../nats/streams.ts';
import type { ReadModelAge } from './read_model_age.ts';

const EACH_MS = 250;
const KEPT = 100;

/** The log's end at a time; what is up to there is in the read model once the durable's acknowledgements reach it. */
type Mark = { readonly at: number; readonly seq: number };

/**
 * Asks how far the durable has come, four times a second while a heartbeat waits for that, over all its instances: a message that another
 * instance holds and has not applied is missing from the read model, too. `age` is told the latest time whose log is in the read model (ms
 * of `performance.now()`, which no setting of the clock moves). Gives back what ends that.
 */
export function watchLag(
  nc: NatsConnection,
  { durable, age, log }: { durable: string; age: ReadModelAge; log: Logger },
): () => void {
  let marks: readonly Mark[] = [];
  let isAsking = false;

  const ask = async () => {
    const manager = await jetstreamManager(nc, { checkAPI: false, timeout: 2000 });
    const at = performance.now();
    const info = await manager.consumers.info(LOG_STREAM, durable);
    if (info.num_pending === 0 && info.num_ack_pending === 0) {
      marks = [];
      return age.caughtUp(at);
    }
    const reached = marks.findLast(({ seq }) => seq <= info.ack_floor.stream_seq);
    if (reached !== undefined) {
      marks = marks.filter((mark) => mark.at > reached.at);
      age.caughtUp(reached.at);
    }
    const seq = info.num_pending === 0 ? info.delivered.stream_seq : (await readStreams(nc))?.lastSeq;
    // The oldest are kept: they are reached first, however far the durable is behind.
    if (seq !== undefined) marks = [...marks.slice(0, KEPT), { at, seq }];
  };
  const timer = setInterval(() => {
    if (isAsking || !age.waits()) return;
    isAsking = true;
    ask()
      .catch((error: unknown) => log.debug({ err: error }, 'the durable does not answer'))
      .finally(() => {
        isAsking = false;
      });
  }, EACH_MS);
  return () => clearInterval(timer);
}
