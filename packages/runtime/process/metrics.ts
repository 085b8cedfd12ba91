import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';

// Looked at every 10 ms, as by default, the event loop would never rest: two of three wakings of an idle service.
collectDefaultMetrics({ eventLoopMonitoringPrecision: 100 });

/** Requests answered, by operation and status. */
export const requestSeconds = new Histogram({
  name: 'muster_http_request_duration_seconds',
  help: 'Time from a request to its answer, by operation and status.',
  labelNames: ['operation', 'status'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
});

/** Makes a counter under the farm's prefix, for what one room counts. */
export const counter = (name: string, help: string): Counter => new Counter({ name: `muster_${name}`, help });

/** Makes a gauge that is read when the metrics are asked for. */
export const gauge = (name: string, help: string, read: () => number): Gauge =>
  new Gauge({
    name: `muster_${name}`,
    help,
    collect() {
      this.set(read());
    },
  });

/** All metrics in the text form that Prometheus scrapes. */
export const metricsText = async (): Promise<{ type: string; body: string }> => ({
  type: register.contentType,
  body: await register.metrics(),
});
