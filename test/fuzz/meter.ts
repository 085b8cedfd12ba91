import { type Answer, type Asked, exchange } from '../http_exchange.ts';
import type { Answered } from './gateway_log.ts';

/** Sends requests and counts their answers. */
export interface Meter {
  readonly send: typeof exchange;
  readonly answered: () => Answered;
}

/** The time within which every request is answered, in ms. */
const PATIENCE_MS = 5_000;

/** Makes a sender that counts, and throws where there was no answer in time. */
export function meter(send = exchange): Meter {
  const classes: Record<string, number> = {};
  let slowestMs = 0;
  let requests = 0;
  const count = (name: string) => {
    classes[name] = (classes[name] ?? 0) + 1;
  };
  return {
    answered: () => ({ requests, classes, slowestMs }),
    async send(origin: string, asked: Asked): Promise<Answer> {
      requests += 1;
      const began = performance.now();
      const answer = await send(origin, asked).catch((error: unknown) => {
        count('none');
        throw error;
      });
      count(`${String(answer.status)[0]}xx`);
      const took = performance.now() - began;
      slowestMs = Math.max(slowestMs, took);
      if (took > PATIENCE_MS)
        throw new Error(`${asked.method} ${asked.path}: answered after ${Math.round(took)} ms only`);
      return answer;
    },
  };
}
