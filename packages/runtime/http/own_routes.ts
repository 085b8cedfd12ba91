import { AppError } from '@muster/contracts';
import { metricsText } from '../process/metrics.ts';
import type { Drain } from '../process/run.ts';

/** The routes that every process has for its operator and its readers, by address. */
export type OwnRoutes = Readonly<
  Record<string, () => Promise<{ status: number; type: string; body: string }>>
>;

/** One condition of readiness, by name: `ok` when it holds. */
export type Check = () => Promise<boolean> | boolean;

const json = (status: number, value: unknown) => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/**
 * `/livez` asks nobody; `/readyz` is 200 while every check of `needs` holds, and shows those of `shows` without needing them;
 * `/metrics`; and the documents of the HTTP and of the event API.
 */
export function ownRoutes(options: {
  readonly drain: Drain;
  readonly needs: Readonly<Record<string, Check>>;
  readonly shows: Readonly<Record<string, Check>>;
  /** Each made when it is first asked for. */
  readonly documents: Readonly<Record<string, () => unknown>>;
}): OwnRoutes {
  const readiness = async () => {
    if (options.drain.begun) return json(503, { status: 'ending' });
    const needs = await states(options.needs);
    const ready = Object.values(needs).every((state) => state === 'ok');
    return json(ready ? 200 : 503, {
      status: ready ? 'ready' : 'not ready',
      ...needs,
      ...(await states(options.shows)),
    });
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
