import type { Job, SubmitJob } from '@muster/contracts';
import { type Handler, revisionsAsked } from '@muster/runtime';
import { jobAfter, jobId } from '../job.ts';
import type { Find } from '../record.ts';
import { type RemoveDeps, removeRecord } from '../remove_record.ts';
import { type SubmitJobDeps, submitJob } from '../submit_job.ts';
import { type CursorList, cursorAnswer } from './cursor_list.ts';
import { oneAnswer, removed } from './record_answers.ts';

/** What the operations on jobs need. */
export type JobDeps = SubmitJobDeps &
  RemoveDeps<Job, number> & {
    readonly find: Find<Job, number>;
    readonly stream: CursorList<Job, number>['stream'];
  };

/** Makes the handlers of the operations on jobs. */
export const jobHandlers = (deps: JobDeps) =>
  ({
    listJobs: (request) => cursorAnswer(request, { idOf: jobAfter, stream: deps.stream }),

    submitJob: async ({ input, origin }) => {
      const doc = await submitJob({ given: input<SubmitJob>(), origin }, deps);
      const headers = { Location: `/api/v1/jobs/${doc._id}` };
      return { status: 201, body: doc.state, revision: doc.v, headers };
    },

    getJob: async ({ params: { id: text = '' } }) => {
      const id = jobId(text);
      return oneAnswer('job', text, id === undefined ? undefined : await deps.find(id));
    },

    removeJob: async (request) => {
      const id = jobId(request.params.id ?? '');
      const { origin, ifMatch } = request;
      const burial =
        id === undefined
          ? ({ outcome: 'missing' } as const)
          : await removeRecord({ kind: 'job', id, revisions: revisionsAsked(ifMatch), origin }, deps);
      removed(request, burial);
      return { status: 204 };
    },
  }) satisfies Record<string, Handler>;
