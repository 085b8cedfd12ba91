import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { peerReader } from '@muster/runtime/http';
import { openLog } from '@muster/runtime/process';
import { onTestFinished } from 'vitest';
import type { BreakerOptions } from './breaker.ts';
import { type GatewayDeps, gatewayServer } from './gateway.ts';
import { openRetryBudget } from './retry_budget.ts';
import { openUpstream } from './upstream.ts';

/** A small real service for a test, with the sockets that are open to it. */
export type Counterpart = {
  readonly url: string;
  readonly sockets: ReadonlySet<Socket>;
  readonly stop: () => Promise<void>;
};

const listen = async (server: Server, port = 0): Promise<string> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Starts a service that answers as `listener` does, until the test ends. */
export async function startCounterpart(listener: RequestListener, port = 0): Promise<Counterpart> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const url = await listen(server, port);
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(stop);
  return { url, sockets, stop };
}

/** An address where nobody listens. */
export async function deadAddress(): Promise<string> {
  const { url, stop } = await startCounterpart(() => {});
  await stop();
  return url;
}

/** Starts a gateway before services, all of them at `tags` unless said, until the test ends. */
export async function startGateway(
  urls: { readonly tags: string; readonly assemblers?: string; readonly registry?: string },
  deps: Partial<GatewayDeps> & {
    trusted?: string;
    upstream?: Partial<BreakerOptions> & { connections?: number };
  } = {},
): Promise<{ url: string; server: Server; deps: GatewayDeps }> {
  const { tags, assemblers = tags, registry = tags } = urls;
  const all: GatewayDeps = {
    upstreams: {
      tags: openUpstream('tags', tags, deps.upstream),
      assemblers: openUpstream('assemblers', assemblers, deps.upstream),
      registry: openUpstream('registry', registry, deps.upstream),
    },
    ownRoutes: {
      '/livez': async () => ({ status: 200, type: 'application/json', body: '{"status":"alive"}' }),
    },
    clientOf: peerReader(deps.trusted ?? ''),
    budget: openRetryBudget(),
    log: openLog('gateway', 'silent'),
    deadlineMs: 1_000,
    ...deps,
  };
  const server = gatewayServer(all);
  const url = await listen(server);
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    for (const upstream of Object.values(all.upstreams)) await upstream.close();
  });
  return { url, server, deps: all };
}

/** What came back. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** Sends one request on a connection of its own and reads the answer to its end. */
export function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Answer> {
  const { origin } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sending = request(
    origin,
    {
      path: url.slice(origin.length),
      agent: false,
      method: options.method ?? 'GET',
      headers: options.headers ?? {},
    },
    (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    },
  );
  sending.once('error', reject);
  sending.end(options.body);
  return promise;
}

/** Opens a bare connection, for what a well-behaved client does not send. */
export async function openSocket(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Waits until a condition holds. */
export async function until(holds: () => boolean, withinMs = 4_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
