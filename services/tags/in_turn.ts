import { unavailable } from '@muster/contracts';

/** Does work on one key after the other, each in its turn. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** How long work waits for its turn, in ms: well below the time after which its client is answered anyway. */
const PATIENCE_MS = 2_000;

/**
 * Makes a queue per key. It only saves work: writers of one tag who do not wait for each other undo each other's transactions again
 * and again. What holds is decided by the database, among any number of instances.
 *
 * @throws {AppError} from the queue: `unavailable` when its turn comes too late; nothing was done then.
 */
export function inTurn(patienceMs = PATIENCE_MS, now = () => performance.now()): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const asked = now();
    const before = last.get(key);
    const mine = (async () => {
      await before;
      if (now() - asked > patienceMs) throw unavailable('deadline_exceeded', {});
      return work();
    })();
    const settled = mine.catch(() => {});
    last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
