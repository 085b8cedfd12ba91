import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait at most, and between two looks, in ms. */
export type Waiting = { readonly withinMs: number; readonly eachMs: number };

/**
 * Waits until a read model has everything that was acknowledged before this was called; `asOf` tells up to when it has. False when that
 * does not come in time: the owner is away, or its news are held up.
 */
export async function awaitAge(asOf: () => number, { withinMs, eachMs }: Waiting): Promise<boolean> {
  const wanted = Date.now();
  const until = performance.now() + withinMs;
  while (asOf() < wanted) {
    if (performance.now() > until) return false;
    await sleep(eachMs);
  }
  return true;
}
