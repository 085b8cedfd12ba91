import { setTimeout as sleep } from 'node:timers/promises';

/** Tries an assertion again and again until it holds, and throws what it threw last once `ms` are over. */
export async function eventually<T>(assertion: () => Promise<T>, ms = 10_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}
