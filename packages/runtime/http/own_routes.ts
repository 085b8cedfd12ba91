import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@muster/contracts';
import { metricsText } from '../process/metrics.ts';
import { drainingFields } from '../process/run.ts';
import { preferenceOf } from './prefer.ts';

/** What one of these routes answers; `waitedMs` is how long the client wished to wait for it. */
export type OwnAnswer = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly waitedMs?: number;
};

/** The routes that every process has for its operator and its readers, by address; given the request's `Prefer`. */
export type OwnRoutes = Readonly<Record<string, (prefer?: string) => Promise<OwnAnswer>>>;

/** One condition of readiness, by name: `ok` when it holds. */
export type Check = () => Promise<boolean> | boolean;

/** The longest that `/readyz` keeps a client waiting that wishes it, in ms. */
const LONGEST_WAIT_MS = 1_000;

const json = (status: number, value: unknown) => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/**
 * `/livez` asks nobody; `/readyz` is 200 while every check of `needs` holds, and shows those of `shows` without needing them;
 * `/metrics`; and the documents of the HTTP and of the event API. A client of `/readyz` that says `Prefer: wait=1` (RFC 7240) and can have
 * no news, since all was well the last time, is answered after so many seconds, one at most, or as soon as the end begins: so
 * that it needs to ask seldom, and learns of the end at once.
 */
export function ownRoutes(options: {
  /** Aborted as the process begins to end. */
  readonly ending: AbortSignal;
  readonly needs: Readonly<Record<string, Check>>;
  readonly shows: Readonly<Record<string, Check>>;
  /** Each made when it is first asked for. */
  readonly documents: Readonly<Record<string, () => unknown>>;
}): OwnRoutes {
  const { ending } = options;
  let ready = false;
  const readiness = async (prefer?: string): Promise<OwnAnswer> => {
    const since = performance.now();
    const wait = ready ? wishedWait(prefer) : 0;
    if (wait > 0) await sleep(wait, undefined, { signal: ending }).catch(() => {});
    const waitedMs = performance.now() - since;
    if (ending.aborted) return { ...json(503, { status: 'ending' }), headers: drainingFields, waitedMs };
    const needs = await states(options.needs);
    ready = Object.values(needs).every((state) => state === 'ok');
    const shown = { status: ready ? 'ready' : 'not ready', ...needs, ...(await states(options.shows)) };
    return { ...json(ready ? 200 : 503, shown), waitedMs };
  };
  const documents = Object.entries(options.documents).map(([address, document]) => {
    let answer: ReturnType<typeof json> | undefined;
    return [
      address,
      async () => {
        answer ??= json(200, document());
        return answer;
      },
    ] as const;
  });
  return {
    '/livez': async () => json(200, { status: 'alive' }),
    '/readyz': readiness,
    '/metrics': async () => ({ status: 200, ...(await metricsText()) }),
    ...Object.fromEntries(documents),
  };
}

const wishedWait = (prefer: string | undefined): number =>
  Math.min((Number(preferenceOf(prefer, 'wait')) || 0) * 1_000, LONGEST_WAIT_MS);

async function states(checks: Readonly<Record<string, Check>>): Promise<Record<string, string>> {
  const state = async ([name, check]: [string, Check]) => {
    const ok = await Promise.resolve()
      .then(check)
      .catch((error: unknown) => {
        if (error instanceof AppError) return false;
        throw error;
      });
    return [name, ok ? 'ok' : 'away'] as const;
  };
  return Object.fromEntries(await Promise.all(Object.entries(checks).map(state)));
}
