import { setTimeout as sleep } from 'node:timers/promises';

/** What came of sending at a fixed rate; latencies in ms, counted from when each should have been sent. */
export interface Sent {
  readonly latencies: readonly number[];
  /** What went wrong, in words, the first few of it. */
  readonly problems: readonly string[];
}

/** A clock in ms and a wait, for tests to replace. */
export interface OpenLoopDeps {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const MOST_PROBLEMS = 5;

/**
 * Calls `send(nth)` so many times a second for so many seconds, however slowly it answers, and waits for the last answer. A late answer does
 * not put off the next one, and a late sending counts as latency: no slowness is left out.
 */
export async function sendAtRate(
  { perSecond, seconds, signal }: { perSecond: number; seconds: number; signal?: AbortSignal },
  send: (nth: number, due: number) => Promise<void>,
  deps: OpenLoopDeps = { now: () => performance.now(), sleep },
): Promise<Sent> {
  const total = Math.round(perSecond * seconds);
  const latencies: number[] = [];
  const problems: string[] = [];
  const pending: Promise<void>[] = [];
  const began = deps.now();
  const one = async (nth: number, due: number) => {
    try {
      await send(nth, due);
      latencies.push(deps.now() - due);
    } catch (error) {
      if (problems.length < MOST_PROBLEMS) problems.push((error as Error).message);
    }
  };
  let nth = 0;
  while (nth < total && !signal?.aborted) {
    for (; nth < total; nth += 1) {
      const due = began + (nth * 1_000) / perSecond;
      if (due > deps.now()) break;
      pending.push(one(nth, due));
    }
    const next = began + (nth * 1_000) / perSecond;
    if (nth < total) await deps.sleep(Math.max(0, next - deps.now()));
  }
  await Promise.all(pending);
  return { latencies, problems };
}
