/**
 * The thread in which the proxies of a fault run pass bytes on.
 *
 * @module
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { LinkMode, LinkTarget } from './proxies.ts';

/** How much later a slow link passes a chunk on, in ms. */
const SLOW_MS = 120;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

interface Link {
  readonly server: Server;
  readonly pairs: Set<Pair>;
  mode: LinkMode;
}

function openLink(port: number): Link {
  const link: Link = { server: createServer(), pairs: new Set(), mode: 'open' };
  link.server.on('connection', (near) => {
    if (link.mode === 'cut') return near.resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    const pair = { near, far };
    link.pairs.add(pair);
    join(near, far, () => link.mode);
    join(far, near, () => link.mode);
    const end = () => {
      // Whoever does not hear of the other's end goes on waiting.
      if (link.mode === 'half_open') return;
      link.pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on('close', end).on('error', end);
    far.on('close', end).on('error', end);
    apply(link, pair);
  });
  return link;
}

function join(from: Socket, to: Socket, mode: () => LinkMode): void {
  from.setNoDelay(true);
  from.on('data', (chunk: Buffer) => {
    if (mode() === 'slow') setTimeout(() => to.write(chunk), SLOW_MS);
    else if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => {
    if (!['hung', 'one_way'].includes(mode())) from.resume();
  });
  // A side that has said all may still be answered.
  from.on('end', () => mode() !== 'half_open' && to.end());
}

function apply({ mode, pairs }: Link, pair: Pair): void {
  const { near, far } = pair;
  if (mode === 'cut') {
    near.resetAndDestroy();
    far.resetAndDestroy();
  } else if (mode === 'half_open') far.destroy();
  else if (near.destroyed || far.destroyed) {
    pairs.delete(pair);
    near.resetAndDestroy();
    far.destroy();
  } else {
    near[mode === 'hung' ? 'pause' : 'resume']();
    far[mode === 'hung' || mode === 'one_way' ? 'pause' : 'resume']();
  }
}

const links = new Map<string, Link>();
const ports: Record<string, number> = {};
for (const { name, port } of workerData as readonly LinkTarget[]) {
  const link = openLink(port);
  links.set(name, link);
  link.server.listen(0, '127.0.0.1');
  await once(link.server, 'listening');
  ports[name] = (link.server.address() as AddressInfo).port;
}
parentPort?.on('message', ({ name, mode }: { name: string; mode: LinkMode }) => {
  const link = links.get(name);
  if (link === undefined) return;
  link.mode = mode;
  for (const pair of [...link.pairs]) apply(link, pair);
});
parentPort?.postMessage(ports);
