import type { RequestListener, Server } from 'node:http';
import { AppError, type ServiceName } from '@muster/contracts';
import { limitedServer, type OpenCertificate, type OwnRoutes } from '@muster/runtime/http';
import { requestSeconds } from '@muster/runtime/process';
import { answer, type Exchange, openExchange, refuse } from './exchange.ts';
import { type ForwardDeps, forward } from './forward.ts';
import { serviceOf } from './routes.ts';
import type { Upstream } from './upstream.ts';

/** What a gateway is made of. */
export type GatewayDeps = ForwardDeps & {
  readonly upstreams: Readonly<Record<ServiceName, Upstream>>;
  readonly ownRoutes: OwnRoutes;
  /** Serves HTTPS with it, else HTTP. */
  readonly certificate?: OpenCertificate | undefined;
};

/** A connection on which nothing moves for so long is cut, in ms. */
const SILENT_MS = 30_000;

/** Makes the gateway's server; it does not listen yet. */
export function gatewayServer(deps: GatewayDeps): Server {
  const server = limitedServer(gatewayListener(deps), { certificate: deps.certificate });
  server.timeout = SILENT_MS;
  return server;
}

function gatewayListener(deps: GatewayDeps): RequestListener {
  return (request, response) => {
    const started = performance.now();
    const exchange = openExchange(request, response);
    const service = serviceOf(exchange.path);
    // A client that goes away makes the answer raise; nobody else listens, and the process would die of it.
    response.on('error', (error) =>
      deps.log.debug({ err: error, requestId: exchange.requestId }, 'answer failed'),
    );
    response.on('close', () => observe(exchange, service, performance.now() - started, deps));
    try {
      if (service === undefined)
        answerOwn(exchange, deps.ownRoutes).catch((error) => refuse(exchange, error));
      else forward(exchange, deps.upstreams[service], deps);
    } catch (error) {
      refuse(exchange, error);
    }
  };
}

async function answerOwn(exchange: Exchange, ownRoutes: OwnRoutes): Promise<void> {
  const { path, method, response } = exchange;
  const route = Object.hasOwn(ownRoutes, path) ? ownRoutes[path] : undefined;
  if (route === undefined) throw new AppError('not_found', 'address_unknown', { path });
  const allow = 'GET, HEAD, OPTIONS';
  if (method === 'GET' || method === 'HEAD') return answer(exchange, await route());
  if (method !== 'OPTIONS') {
    const headers = { Allow: allow };
    throw new AppError('method_not_allowed', 'method_not_allowed', { method, allow }, { headers });
  }
  response.writeHead(204, {
    Allow: allow,
    'X-Request-Id': exchange.requestId,
    traceparent: exchange.traceparent,
  });
  response.end();
}

/** One line a request, for those that went well at `debug` only, without the query, which may hold what is nobody's business. 499: the client went before its answer. */
function observe(
  exchange: Exchange,
  service: ServiceName | undefined,
  ms: number,
  { log }: GatewayDeps,
): void {
  const { method, path, requestId, response } = exchange;
  const status = response.writableFinished ? response.statusCode : 499;
  requestSeconds.observe({ operation: service ?? 'gateway', status }, ms / 1_000);
  // A line for each would cost a third of what forwarding it does.
  const level = status >= 500 || status === 499 ? 'info' : 'debug';
  log[level]({ method, path, status, ms: Math.round(ms * 10) / 10, requestId }, 'request');
}
