import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@muster/runtime/process';
import { Client } from 'undici';
import { DRAINING } from './headers.ts';
import type { Instance } from './instance.ts';
import type { Upstream } from './upstream.ts';

/** Where word of an instance's coming and going is put, and how patient the watch is, in ms. */
export type WatchDeps = { readonly log: Logger; readonly everyMs?: number; readonly patienceMs?: number };

/** A quarter of a second: what is back is used again no later than that. */
const EVERY_MS = 250;
/** An instance that is known to be ready tells so again after so many seconds, and at once that it is about to end. */
const WAIT_S = 1;
const PATIENCE_MS = 1_000;

/**
 * Asks every instance whether it is ready, about four times a second until it has said so, and from then on for news; each on a connection
 * of its own and never twice at once, until the function that it gives back is called.
 */
export function watchUpstreams(upstreams: readonly Upstream[], deps: WatchDeps): () => Promise<void> {
  const over = new AbortController();
  const watching = upstreams.flatMap(({ service, instances }) =>
    instances.map((instance) => watch(instance, over.signal, { ...deps, service })),
  );
  return async () => {
    over.abort();
    await Promise.all(watching);
  };
}

/** What `/readyz` says, undefined when there is no answer. */
type Said = boolean | 'leaves' | undefined;

async function watch(
  instance: Instance,
  over: AbortSignal,
  { log, service, everyMs = EVERY_MS, patienceMs = PATIENCE_MS }: WatchDeps & { readonly service: string },
): Promise<void> {
  const { origin } = instance;
  const client = new Client(origin, { connect: { timeout: patienceMs } });
  over.addEventListener('abort', () => void client.destroy());
  let shown = true;
  let said: Said;
  while (!over.aborted) {
    const askedAt = performance.now();
    // Who asks for news before it has heard anything would wait for what is so already.
    said = await readiness(client, { patienceMs, waitS: said === true ? WAIT_S : 0 });
    if (over.aborted) break;
    if (said === 'leaves') instance.leaves();
    else instance.heard(said, askedAt);
    if (instance.ready !== shown) {
      shown = instance.ready;
      log.info({ service, origin }, shown ? 'instance is ready' : 'instance is not ready');
    }
    // Not in step with the other watches, of this gateway and of others.
    const untilMs = askedAt + everyMs * (0.75 + Math.random() / 2) - performance.now();
    if (untilMs > 0) await sleep(untilMs, undefined, { signal: over }).catch(() => {});
  }
}

async function readiness(
  client: Client,
  { patienceMs, waitS }: { patienceMs: number; waitS: number },
): Promise<Said> {
  try {
    const { statusCode, headers, body } = await client.request({
      ...{ method: 'GET', path: '/readyz', headers: { prefer: `wait=${waitS}` } },
      signal: AbortSignal.timeout(waitS * 1_000 + patienceMs),
    });
    await body.dump();
    return headers[DRAINING] === undefined ? statusCode === 200 : 'leaves';
  } catch {
    return undefined;
  }
}
