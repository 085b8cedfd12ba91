import { unavailable } from '@muster/contracts';
import type { Context } from 'koa';
import { preferenceOf } from './prefer.ts';

/** How old a service's read model may be; `boundMs` is the age that `Prefer: refs=fresh` still takes. */
export type Freshness = {
  /** Every change that its owner acknowledged before that time (epoch milliseconds) is in the read model. */
  readonly asOf: () => number;
  readonly boundMs: number;
};

/** How far behind its owners a read model may be, in whole ms, that was known to be up to date at `known`. */
export const lagSince = (known: number): number => Math.max(0, Date.now() - known);

/**
 * Begins an answer that rests on the read model: refuses it when the client wants it fresh and it is not. Gives back what tells, once
 * the answer is there, how far behind its owners the read model may have been: what was known as the request began is a bound, since
 * whatever was read came later.
 *
 * @throws {AppError} `unavailable` for `Prefer: refs=fresh` while the read model is older than the bound.
 */
export function beginFresh(ctx: Context, { asOf, boundMs }: Freshness, known = asOf()): () => void {
  ctx.vary('Prefer');
  const tell = () => ctx.set('Farm-Refs-Lag-Ms', String(lagSince(known)));
  if (preferenceOf(ctx.headers.prefer as string | undefined, 'refs') !== 'fresh') return tell;
  if (lagSince(known) > boundMs) {
    tell();
    throw unavailable('refs_not_fresh', { bound: boundMs });
  }
  ctx.set('Preference-Applied', 'refs=fresh');
  return tell;
}
