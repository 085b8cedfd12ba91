import type { Agent, RegisterAgent } from '@muster/contracts';
import { type Handler, revisionsAsked } from '@muster/runtime';
import { canonicalId, type Find } from '../record.ts';
import { type RegisterAgentDeps, registerAgent } from '../register_agent.ts';
import { type RemoveDeps, removeRecord } from '../remove_record.ts';
import { type CursorList, cursorAnswer } from './cursor_list.ts';
import { oneAnswer, removed } from './record_answers.ts';

/** What the operations on agents need. */
export type AgentDeps = RegisterAgentDeps &
  RemoveDeps<Agent, string> & {
    readonly find: Find<Agent, string>;
    readonly stream: CursorList<Agent, string>['stream'];
  };

/** Makes the handlers of the operations on agents. */
export const agentHandlers = (deps: AgentDeps) =>
  ({
    listAgents: (request) => cursorAnswer(request, { idOf: canonicalId, stream: deps.stream }),

    registerAgent: async ({ input, origin }) => {
      const { doc, isNew } = await registerAgent({ given: input<RegisterAgent>(), origin }, deps);
      const location = { Location: `/api/v1/agents/${doc._id}` };
      return {
        status: isNew ? 201 : 200,
        body: doc.state,
        revision: doc.v,
        headers: isNew ? location : {},
      };
    },

    getAgent: async ({ params: { id = '' } }) => {
      const canonical = canonicalId(id);
      return oneAnswer('agent', id, canonical === undefined ? undefined : await deps.find(canonical));
    },

    removeAgent: async (request) => {
      const id = canonicalId(request.params.id ?? '');
      const { origin, ifMatch } = request;
      const burial =
        id === undefined
          ? ({ outcome: 'missing' } as const)
          : await removeRecord({ kind: 'agent', id, revisions: revisionsAsked(ifMatch), origin }, deps);
      removed(request, burial);
      return { status: 204 };
    },
  }) satisfies Record<string, Handler>;
