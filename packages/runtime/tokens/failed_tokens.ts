import { AppError } from '@muster/contracts';
import { clientLimit } from '../http/client_limit.ts';

/** Counts the tokens of each client that were refused. */
export type FailedTokens = {
  /** Counts one. @throws {AppError} `too_many_requests` when it was too many */
  readonly count: (client: string) => Promise<void>;
  /** Only looks. @throws {AppError} `too_many_requests` when the next would be too many */
  readonly demandFew: (client: string) => Promise<void>;
};

/** Lets each client, by its address, send so many bad tokens a minute; any number for 0. */
export function failedTokens(perMinute: number): FailedTokens {
  const limit = clientLimit(perMinute);
  const refuse = (seconds: number | undefined): void => {
    if (seconds === undefined) return;
    const headers = { 'Retry-After': String(seconds) };
    throw new AppError('too_many_requests', 'too_many_failed_tokens', { seconds }, { headers });
  };
  return {
    count: async (client) => refuse(await limit.take(client)),
    demandFew: async (client) => refuse(await limit.used(client)),
  };
}
