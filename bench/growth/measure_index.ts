import type { Handle } from '@muster/dev';
import { peakMemory, residentMemory } from './resident_memory.ts';
import { tagsClient } from './tags_client.ts';
import { quantile } from './time_requests.ts';

/** What reading the whole index cost: medians of `reads` in ms, its size, and the service's memory in bytes. */
export type IndexCost = {
  readonly tags: number;
  readonly taggings: number;
  readonly bytes: number;
  readonly reads: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
  readonly memoryBefore: number;
  readonly memoryPeak: number;
  /** True when the service's own sweep over all taggings, half a minute after its start, may have run meanwhile. */
  readonly isDisturbed: boolean;
  readonly wrong: readonly string[];
};

/** Pages of the index that a new process reads first, so that it does not meet the index cold. */
const WARM_PAGES = 10;
const PAGE = 1_000;
/** Short reads are repeated until so much time is spent, in ms. */
const ENOUGH_MS = 2_000;
const READS_AT_MOST = 5;
const SWEEP_AFTER_MS = 30_000;

/** Reads the index of a service that was started at `startedAt` (`performance.now()`), and checks that it holds what is stored. */
export async function measureIndex(
  { url = '', pid }: Handle,
  stored: { tags: number; taggings: number; startedAt: number; token: string },
): Promise<IndexCost> {
  const client = tagsClient(url, stored.token);
  const reads: Awaited<ReturnType<typeof client.index>>[] = [];
  const wrong: string[] = [];
  try {
    for (let page = 0; page < WARM_PAGES; page += 1) await client.page(PAGE);
    const memoryBefore = await residentMemory(pid);
    const began = performance.now();
    const memoryPeak = await peakMemory(pid, async () => {
      do {
        const read = await client.index();
        reads.push(read);
        const isRight = read.isWhole && read.tags === stored.tags && read.taggings === stored.taggings;
        if (isRight) continue;
        const whole = read.isWhole ? 'whole' : 'cut off';
        wrong.push(
          `the index is ${whole}, ${read.tags} of ${stored.tags} tags, ${read.taggings} of ${stored.taggings} taggings`,
        );
      } while (reads.length < READS_AT_MOST && performance.now() - began < ENOUGH_MS);
    });
    const median = (of: (read: (typeof reads)[number]) => number) => quantile(reads.map(of), 0.5);
    return {
      tags: stored.tags,
      taggings: stored.taggings,
      bytes: reads[0]?.bytes ?? 0,
      reads: reads.length,
      firstByteMs: median(({ firstByteMs }) => firstByteMs),
      totalMs: median(({ totalMs }) => totalMs),
      memoryBefore,
      memoryPeak,
      isDisturbed: performance.now() - stored.startedAt > SWEEP_AFTER_MS,
      wrong,
    };
  } finally {
    await client.close();
  }
}
