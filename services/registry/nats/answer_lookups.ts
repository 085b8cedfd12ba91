import type { LookedUp } from '@muster/contracts';
import { type NatsLink, serveLookup } from '@muster/runtime';
import { jobId } from '../job.ts';

/** What the look-ups need: the records of each kind that were ever made, tombstones included. */
export type LookupDeps = {
  readonly agents: (ids: readonly string[]) => Promise<LookedUp[]>;
  readonly jobs: (ids: readonly number[]) => Promise<LookedUp[]>;
  readonly sourcePaths: (ids: readonly string[]) => Promise<LookedUp[]>;
};

const QUEUE = 'registry';

/** Answers other services that ask whether a record is there; gives back what ends that. */
export function answerLookups(link: NatsLink, deps: LookupDeps): () => void {
  const stops = [
    serveLookup(link, { type: 'agent', queue: QUEUE, find: deps.agents }),
    serveLookup(link, {
      type: 'job',
      queue: QUEUE,
      find: (ids) => deps.jobs(ids.map(jobId).filter((id) => id !== undefined)),
    }),
    serveLookup(link, { type: 'source_path', queue: QUEUE, find: deps.sourcePaths }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
