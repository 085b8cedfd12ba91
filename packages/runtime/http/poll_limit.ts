import { AppError } from '@muster/contracts';
import { clientLimit } from './client_limit.ts';

/** Counts a request of a client; a promise only where the client has used up what it was given in advance. */
export type PollLimit = (client: string) => Promise<void> | undefined;

/** Clients are counted in lots of a hundredth of the limit, so that most requests of a busy one cost next to nothing. */
const LOTS = 100;

/** The clients that may have something left of a lot at once; beyond them, the one that came first loses it. */
const MOST_CLIENTS = 10_000;

/**
 * Makes a limit of so many requests a minute for each client, by its address; any number for 0. It may let through a hundredth more.
 *
 * @throws {AppError} `too_many_requests`, from what it gives back
 */
export function pollLimit(perMinute: number): PollLimit {
  if (perMinute === 0) return () => undefined;
  const limit = clientLimit(perMinute);
  const lot = Math.max(1, Math.floor(perMinute / LOTS));
  const left = new Map<string, number>();
  const take = async (client: string) => {
    const seconds = await limit.take(client, lot);
    if (seconds !== undefined) {
      const headers = { 'Retry-After': String(seconds) };
      throw new AppError('too_many_requests', 'too_many_requests', { seconds }, { headers });
    }
    left.delete(client);
    if (lot > 1) left.set(client, lot - 1);
    const [first] = left.keys();
    if (left.size > MOST_CLIENTS && first !== undefined) left.delete(first);
  };
  return (client) => {
    const rest = left.get(client) ?? 0;
    if (rest === 0) return take(client);
    left.set(client, rest - 1);
    return undefined;
  };
}
