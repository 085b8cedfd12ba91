import { AppError } from '@muster/contracts';
import type { Logger } from 'pino';
import { mongoUnavailable } from '../mongo/errors.ts';
import type { FoldedChange } from './fold_changes.ts';
import { backOffMs, pause } from './sessions.ts';

/** Takes changes into the service's own data. Idempotent: a change may come again, and an older one after a newer one. */
export type Apply = (changes: readonly FoldedChange[]) => Promise<void>;

/** A change that was refused for a reason of its own. */
export type RefusedChange = { readonly change: FoldedChange; readonly reason: string };

type Deps = { apply: Apply; ended: AbortSignal; log: Logger };

/**
 * Applies changes, again and again while the database is away. Gives back the changes that are refused for a reason of
 * their own; these do not hold up the others.
 *
 * @throws what `apply` threw last when `ended` aborts before it worked.
 */
export async function applyChanges(changes: readonly FoldedChange[], deps: Deps): Promise<RefusedChange[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (changes.length > 0) await deps.apply(changes);
      return [];
    } catch (error) {
      if (deps.ended.aborted) throw error;
      if (!isPassing(error)) return applyEach(changes, { ...deps, error });
      if (attempt % 20 === 0) deps.log.warn({ err: error }, 'the changes cannot be taken now; trying on');
      await pause(backOffMs(attempt), deps.ended);
    }
  }
}

async function applyEach(
  changes: readonly FoldedChange[],
  deps: Deps & { error: unknown },
): Promise<RefusedChange[]> {
  const { event } = changes[0]!;
  if (changes.length === 1) {
    deps.log.error(
      { err: deps.error, type: event.type, key: event.key, v: event.v },
      'a change cannot be taken',
    );
    return [{ change: changes[0]!, reason: deps.error instanceof Error ? deps.error.message : 'refused' }];
  }
  const refused: RefusedChange[] = [];
  for (const change of changes) refused.push(...(await applyChanges([change], deps)));
  return refused;
}

const isPassing = (error: unknown): boolean =>
  (error instanceof AppError && error.code === 'unavailable') || mongoUnavailable(error) !== undefined;
