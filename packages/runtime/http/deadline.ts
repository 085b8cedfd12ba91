import { unavailable } from '@muster/contracts';

const DEADLINE_MS = 3_000;

/**
 * Waits for work that a client waits for, 3 s at most.
 *
 * @throws {AppError} `unavailable` after that, and whatever the work throws.
 */
export const withinDeadline = <T>(work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unavailable('deadline_exceeded', {})), DEADLINE_MS);
    const ending =
      <A>(settle: (outcome: A) => void) =>
      (outcome: A) => {
        clearTimeout(timer);
        settle(outcome);
      };
    work.then(ending(resolve), ending(reject));
  });
