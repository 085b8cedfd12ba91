import type { Logger } from '@muster/runtime';
import { type SweepDeps, sweepTaggings } from './sweep_taggings.ts';

const EVERY_MS = 60 * 60 * 1_000;

/** Sweeps once an hour, the first time half a minute after the start; gives back what ends that. */
export function startSweeping(deps: SweepDeps, log: Logger): () => void {
  const sweep = async (): Promise<void> => {
    try {
      log.info(await sweepTaggings(deps), 'swept the taggings');
    } catch (error) {
      log.warn({ err: error }, 'the sweep of the taggings was cut short; the next one goes on');
    }
  };
  const first = setTimeout(sweep, 30_000);
  const later = setInterval(sweep, EVERY_MS);
  return () => {
    clearTimeout(first);
    clearInterval(later);
  };
}
