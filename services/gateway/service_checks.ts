import type { Upstream } from './upstream.ts';

const ASK_MS = 1_000;
const KEPT_MS = 1_000;

/**
 * Asks whether any instance of a service is ready. A yes is kept for a second, so that asking often costs nothing; a no is not, so that
 * a service is seen as soon as it is there.
 */
export function serviceCheck(upstream: Upstream, now = () => performance.now()): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  let at = 0;
  return () => {
    if (asked === undefined || now() - at > KEPT_MS) {
      at = now();
      asked = Promise.any(upstream.instances.map(isReady)).catch(() => {
        asked = undefined;
        return false;
      });
    }
    return asked;
  };
}

async function isReady({ pool }: Upstream['instances'][number]): Promise<true> {
  const signal = AbortSignal.timeout(ASK_MS);
  const { statusCode, body } = await pool.request({ method: 'GET', path: '/readyz', signal });
  await body.dump();
  if (statusCode === 200) return true;
  throw new Error(`not ready: ${statusCode}`);
}
