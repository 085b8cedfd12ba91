import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** When the first event of each request came to a subscriber of the log, by its `traceparent`; ms of the history's clock. */
export interface Arrivals {
  readonly at: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Subscribes to the log, and again whenever that breaks off, from a little before where it was. */
export function followArrivals(natsUrl: string): Arrivals {
  const at = new Map<string, number>();
  const stopping = new AbortController();
  const follow = async () => {
    const nc = await connect({ servers: natsUrl, reconnect: false, timeout: 1_000 });
    const close = () => void nc.close();
    stopping.signal.addEventListener('abort', close, { once: true });
    try {
      const since = new Date(Date.now() - 10_000).toISOString();
      const options = { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since };
      const consumer = await jetstream(nc, { timeout: 1_000 }).consumers.get('FARM', options);
      for await (const message of await consumer.consume({ idle_heartbeat: 1_000 })) {
        const trace = message.headers?.get('ce-traceparent') ?? '';
        if (!at.has(trace)) at.set(trace, performance.now());
        if (stopping.signal.aborted) return;
      }
    } finally {
      stopping.signal.removeEventListener('abort', close);
      await nc.close();
    }
  };
  const run = async () => {
    while (!stopping.signal.aborted) {
      await follow().catch(() => {});
      await sleep(100);
    }
  };
  const done = run();
  return {
    at,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
