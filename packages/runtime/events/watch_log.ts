import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { readStreams, type StreamStatus } from '../nats/streams.ts';
import type { Reach } from './in_order.ts';
import { LogWentBack } from './publish_version.ts';
import { isStillThere } from './still_there.ts';

const EACH_MS = 2000;

/**
 * Looks every 2 s whether the log still holds what a relay brought there, so that what was lost is brought again even
 * while nothing changes. Gives back what ends that.
 */
export function watchLog(
  nc: NatsConnection,
  deps: { streams: StreamStatus; reach: () => Reach; onLoss: (error: Error) => void; log: Logger },
): () => void {
  const look = async () => {
    const reach = deps.reach();
    const now = await readStreams(nc);
    const isSame = now?.epoch === deps.streams.epoch && now.stateEpoch === deps.streams.stateEpoch;
    if (now === undefined || !isSame) return deps.onLoss(new LogWentBack('the streams were lost'));
    const isThere =
      reach.seq === 0 || (reach.seq <= now.lastSeq && (await isStillThere(nc, { reach, streams: now })));
    if (!isThere) deps.onLoss(new LogWentBack(`sequence ${reach.seq} was lost`));
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => deps.log.debug({ err: error }, 'relay: the log does not answer'));
  }, EACH_MS);
  return () => clearInterval(timer);
}
