import type { DigestedRecord } from '@muster/contracts';
import { type NatsLink, type ScanFrom, serveDigest } from '@muster/runtime';
import { jobId } from '../job.ts';

type Scan<K> = (from: ScanFrom<K>) => AsyncIterable<readonly DigestedRecord[]>;

/** What the digests need: the records of each kind that others keep copies of. */
export type DigestDeps = { readonly agents: Scan<string>; readonly jobs: Scan<number> };

const QUEUE = 'registry';

/** Answers other services that compare their copies with the records; gives back what ends that. */
export function answerDigests(link: NatsLink, deps: DigestDeps): () => void {
  const stops = [
    serveDigest(link, { type: 'agent', queue: QUEUE, scan: deps.agents }),
    serveDigest(link, {
      type: 'job',
      queue: QUEUE,
      scan: ({ after, label }) => deps.jobs({ after: after === undefined ? undefined : jobId(after), label }),
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
