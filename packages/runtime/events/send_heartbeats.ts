import { type Heartbeat, heartbeatSubject, type Owner } from '@muster/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { Position } from './in_order.ts';

/** Between two heartbeats, so that a busy relay does not send one with every change. */
const AT_LEAST_MS = 100;

/**
 * Makes what tells, each time it is called but at most ten times a second, how far the log has a service's changes. Nothing is
 * said while that is not known. It is no event: it goes over core NATS, and whoever misses one waits for the next.
 */
export function openHeartbeat(
  nc: Pick<NatsConnection, 'publish'>,
  deps: { service: Owner; position: () => Position; log: Logger },
): () => void {
  const subject = heartbeatSubject(deps.service);
  let sentAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - sentAt < AT_LEAST_MS) return;
    const { at, seq, id } = deps.position();
    if (at === Number.NEGATIVE_INFINITY) return;
    // A change that says of itself that it comes from the future proves nothing of the time until then.
    const heartbeat: Heartbeat = { at: Math.min(at, Date.now()), seq, id };
    try {
      nc.publish(subject, JSON.stringify(heartbeat));
      sentAt = performance.now();
    } catch (error) {
      deps.log.debug({ err: error }, 'relay: a heartbeat could not be sent');
    }
  };
}
