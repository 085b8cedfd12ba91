import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@muster/contracts';
import { preferenceOf } from './prefer.ts';

/** How old a service's read model may be; `boundMs` is the age that `Prefer: refs=fresh` still takes. */
export type Freshness = {
  /** Every change that its owner acknowledged before that time (epoch milliseconds) is in the read model. */
  readonly asOf: () => number;
  readonly boundMs: number;
};

/** Whether a client takes no answer that rests on a read model older than the bound. */
export const wantsFresh = ({ prefer }: IncomingHttpHeaders): boolean =>
  prefer !== undefined && preferenceOf(String(prefer), 'refs') === 'fresh';

/**
 * As of when (epoch ms) the read model is known to be, on which an answer rests that is begun now: a bound for how far behind its owners
 * it may be, since whatever is read comes later.
 *
 * @throws {AppError} `unavailable` for `Prefer: refs=fresh` while the read model is older than the bound.
 */
export function knownAsOf(headers: IncomingHttpHeaders, { asOf, boundMs }: Freshness): number {
  const known = asOf();
  if (!wantsFresh(headers) || Date.now() - known <= boundMs) return known;
  const told = { 'Retry-After': '1', [LAG_FIELD]: lagSince(known) };
  throw new AppError('unavailable', 'refs_not_fresh', { bound: boundMs }, { headers: told });
}

/** The field that tells how far behind its owners the read model may have been. */
export const LAG_FIELD = 'Farm-Refs-Lag-Ms';

/** The value of that field, in whole ms, where the read model was known to be up to date at `known`. */
export const lagSince = (known: number): string => String(Math.max(0, Date.now() - known));
