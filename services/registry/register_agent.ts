import { type Agent, eventType, type RegisterAgent } from '@muster/contracts';
import { asked, type Change, type Changed, type Clock, type HeldDoc, type Origin } from '@muster/runtime';
import { changesOf, givenId, newAgent } from './agent.ts';
import type { Insert } from './record.ts';

/** What the registration of an agent needs. */
export type RegisterAgentDeps = Clock & {
  readonly insert: Insert<Agent, string>;
  /** Changes a living agent; writes nothing where nothing would change. One atomic step. */
  readonly change: (input: {
    readonly id: string;
    readonly patch: Partial<Agent>;
    readonly change: Change;
  }) => Promise<Changed<Agent, string>>;
  readonly newId: () => string;
};

/** A registered agent, and whether it was not there before. */
export type Registered = { readonly doc: HeldDoc<Agent>; readonly isNew: boolean };

/**
 * Registers an agent. One that is there under the given id keeps what is not given; one that was removed is made anew. Agents
 * announce themselves again and again, so the change is tried first.
 *
 * @throws {AppError} `invalid_argument` for an id that is no UUID.
 */
export async function registerAgent(
  input: { given: RegisterAgent; origin: Origin },
  deps: RegisterAgentDeps,
): Promise<Registered> {
  const { given, origin } = input;
  const id = givenId(given);
  const created = asked(eventType('agent', 'created'), origin, deps);
  const updated = asked(eventType('agent', 'updated'), origin, deps);
  for (;;) {
    if (id !== undefined) {
      const changed = await deps.change({ id, patch: changesOf(given), change: updated });
      if (changed.outcome !== 'missing') return { doc: changed.doc, isNew: false };
    }
    const agent = newAgent(id ?? deps.newId(), given);
    const { outcome, doc } = await deps.insert({ id: agent.id, state: agent, change: created });
    if (outcome !== 'exists') return { doc, isNew: true };
    // Another registration made it between the two steps, so there is something to change now.
  }
}
