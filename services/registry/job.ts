import { type Job, MAX_ID, type SubmitJob } from '@muster/contracts';

/** The integer that an address gives as a job's id; undefined where no job could have it. */
export function jobId(text: string): number | undefined {
  const id = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** The id that a list of jobs is to go on from; one that no job could have counts as the nearest that one could. */
export const jobAfter = (text: string): number | undefined =>
  /^[0-9]+$/.test(text) ? Math.min(Number(text), MAX_ID) : undefined;

/** A new job: queued unless said otherwise. */
export const newJob = (id: number, given: SubmitJob): Job => ({
  id,
  title: given.title,
  state: given.state ?? 'queued',
});
