import { Counter, Gauge } from 'prom-client';
import type { Upstream } from './upstream.ts';

/** Requests that were sent a second time, by service. */
export const retries = new Counter({
  name: 'muster_gateway_retries_total',
  help: 'Requests that were sent a second time, by service.',
  labelNames: ['service'] as const,
});

/** Shows what the gateway thinks of every instance, and the connections to it. */
export function showUpstreams(upstreams: readonly Upstream[]): void {
  const labelNames = ['service', 'instance'] as const;
  const each = (
    set: (labels: Record<(typeof labelNames)[number], string>, of: Upstream['instances'][number]) => void,
  ) => {
    for (const { service, instances } of upstreams)
      for (const instance of instances) set({ service, instance: instance.origin }, instance);
  };
  new Gauge({
    name: 'muster_gateway_breaker_open',
    help: 'Whether the circuit breaker of an instance is open (1), half-open (0.5) or closed (0).',
    labelNames,
    collect() {
      const worth = { closed: 0, 'half-open': 0.5, open: 1 };
      each((labels, { breaker }) => this.set(labels, worth[breaker.state()]));
    },
  });
  new Gauge({
    name: 'muster_gateway_requests_under_way',
    help: 'Requests that were sent to an instance or wait for a connection to it.',
    labelNames,
    collect() {
      each((labels, { pool }) => this.set(labels, pool.stats.size));
    },
  });
}
