import { LOG_STREAM } from '@muster/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { readStreams, type StreamStatus } from '../nats/streams.ts';
import type { Reach } from './in_order.ts';

/**
 * False when FARM no longer holds that message though it is not too old for it: FARM went back to before it, and may have
 * grown beyond it again since.
 */
export async function isStillThere(
  nc: NatsConnection,
  { reach, streams }: { reach: Reach; streams: Pick<StreamStatus, 'firstSeq'> },
): Promise<boolean> {
  if (reach.seq === 0 || reach.seq < streams.firstSeq) return true;
  const manager = await jetstreamManager(nc, { checkAPI: false, timeout: 2000 });
  const message = await manager.streams.getMessage(LOG_STREAM, { seq: reach.seq });
  if (message === null) return reach.seq < ((await readStreams(nc))?.firstSeq ?? 0);
  return message.header.get('ce-id') === reach.id;
}
