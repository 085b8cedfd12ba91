import type { Logger } from '@muster/runtime';
import type { Announced } from './follow_references.ts';
import { referenceKey } from './reference.ts';

/** Records whose past lives could not be cleared behind, since their owner was silent. */
export type ClearLater = {
  /** Tries again, once a second, until it works. */
  readonly add: (turn: Announced) => void;
  readonly stop: () => void;
};

const EVERY_MS = 1_000;

/**
 * Keeps turns and tries them again with `clear`, which says whether it could. Kept in memory only: what a killed process forgets, the
 * sweep finds, half a minute after its start.
 */
export function clearLater(
  clear: (turn: Announced) => Promise<boolean>,
  { log, everyMs = EVERY_MS }: { log: Logger; everyMs?: number },
): ClearLater {
  const waiting = new Map<string, Announced>();
  let busy = false;
  const tryAll = async () => {
    if (busy || waiting.size === 0) return;
    busy = true;
    try {
      for (const [key, turn] of [...waiting]) {
        const isCleared = await clear(turn);
        // A later turn may have come meanwhile.
        if (isCleared && waiting.get(key) === turn) waiting.delete(key);
      }
    } catch (error) {
      log.debug({ err: error, waiting: waiting.size }, 'past lives cannot be cleared yet; trying on');
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void tryAll(), everyMs);
  timer.unref();
  return {
    add: (turn) => void waiting.set(referenceKey(turn), turn),
    stop: () => clearInterval(timer),
  };
}
