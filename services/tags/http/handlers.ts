import type { tagsOperations } from '@muster/contracts';
import type { Handler } from '@muster/runtime';
import { type IntegrityHandlersDeps, integrityHandlers } from './integrity_handlers.ts';
import { type RelationHandlersDeps, relationHandlers } from './relation_handlers.ts';
import { type TagHandlersDeps, tagHandlers } from './tag_handlers.ts';

/** Every operation of the service, bound to what does it. */
export function handlers(
  deps: TagHandlersDeps & RelationHandlersDeps & IntegrityHandlersDeps,
): Readonly<Record<keyof typeof tagsOperations, Handler>> {
  const agents = relationHandlers('agent', { field: 'agent_id', param: 'id' }, deps);
  const jobs = relationHandlers('job', { field: 'job_id', param: 'id' }, deps);
  const assemblers = relationHandlers('assembler', { field: 'assembler_slug', param: 'slug' }, deps);
  return {
    ...tagHandlers(deps),
    ...integrityHandlers(deps),
    listAgentsOfTag: agents.list,
    attachAgent: agents.attach,
    detachAgent: agents.detach,
    listTagsOfAgent: agents.tagsOf,
    listJobsOfTag: jobs.list,
    attachJob: jobs.attach,
    detachJob: jobs.detach,
    listTagsOfJob: jobs.tagsOf,
    listAssemblersOfTag: assemblers.list,
    attachAssembler: assemblers.attach,
    detachAssembler: assemblers.detach,
    listTagsOfAssembler: assemblers.tagsOf,
  };
}
