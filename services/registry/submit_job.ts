import { eventType, type Job, type SubmitJob } from '@muster/contracts';
import { asked, type Clock, type LiveDoc, type Origin } from '@muster/runtime';
import { newJob } from './job.ts';
import type { Insert } from './record.ts';

/** What the submission of a job needs. */
export type SubmitJobDeps = Clock & {
  readonly insert: Insert<Job, number>;
  /** A number that was never given out before. */
  readonly nextId: () => Promise<number>;
};

/** Submits a job under an id of its own. */
export async function submitJob(
  input: { given: SubmitJob; origin: Origin },
  deps: SubmitJobDeps,
): Promise<LiveDoc<Job, number>> {
  const change = asked(eventType('job', 'created'), input.origin, deps);
  const id = await deps.nextId();
  const { outcome, doc } = await deps.insert({ id, state: newJob(id, input.given), change });
  if (outcome === 'inserted') return doc;
  throw new Error(`the counter gave out the job id ${id} a second time`);
}
