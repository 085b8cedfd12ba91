import type { SeenChange } from '../subscriber.ts';
import type { Action } from './action.ts';
import type { Operation } from './history.ts';

/** Fits the events of one kind that an operation may cause. */
interface Effect {
  readonly type: string;
  readonly verbs: readonly string[];
  readonly fits: (change: SeenChange) => boolean;
}

/** What an operation causes when it is done: each of `must` exactly once, and of `may` anything. */
interface Effects {
  readonly must: readonly Effect[];
  readonly may: readonly Effect[];
}

const effect = (type: string, verbs: string, fits: Effect['fits'] = () => true): Effect => ({
  type,
  verbs: verbs.split(' '),
  fits,
});
const has =
  (fields: object): Effect['fits'] =>
  ({ state }) =>
    Object.entries(fields).every(([name, value]) => state?.[name] === value);
const keyed =
  (key: string | number): Effect['fits'] =>
  (change) =>
    change.key === String(key);

/** A tagging is named by the life of a tag, a kind and a record: a tombstone has nothing but this name. */
const taggingOf =
  (kind: string, ref: string | number): Effect['fits'] =>
  ({ key }) =>
    key.endsWith(`_${kind}_${ref}`);

/**
 * What the events of an operation must be, given its status. With 0, for an operation of unknown outcome, it is what they must be
 * if there are any at all.
 */
function effectsOf(action: Action, status: number): Effects {
  const onlyIf = (made: boolean, ...effects: Effect[]): Effects =>
    made ? { must: effects, may: [] } : { must: [], may: [] };
  switch (action.do) {
    case 'make_tag':
      return onlyIf(status !== 200, effect('tag', 'created', has({ tag: action.tag })));
    case 'replace_tag': {
      const relations = [...action.agents.map(agentTagging), ...action.jobs.map(jobTagging)];
      return {
        must: [
          effect('tag', 'created updated', has({ tag: action.tag })),
          ...relations.map((fits) => effect('tagging', 'created', fits)),
        ],
        // What is overtaken by the end of a record's life is renewed or undone in the name of the same request.
        may: relations.map((fits) => effect('tagging', 'updated deleted', fits)),
      };
    }
    case 'delete_tag':
      return { must: [], may: [effect('tag', 'deleted')] };
    case 'attach': {
      const fits = taggingOf(action.kind, action.ref);
      const first = effect('tagging', 'created updated', fits);
      const further = effect('tagging', 'created updated deleted', fits);
      return { must: [], may: [first, further] };
    }
    case 'detach':
      return { must: [], may: [effect('tagging', 'deleted', taggingOf(action.kind, action.ref))] };
    case 'make_agent': {
      const { id, hostname } = action;
      if (status === 200) return { must: [], may: [effect('agent', 'updated', has({ id, hostname }))] };
      const verbs = status === 0 ? 'created updated' : 'created';
      return onlyIf(true, effect('agent', verbs, has({ id, hostname })));
    }
    case 'delete_agent':
      return { must: [], may: [effect('agent', 'deleted', keyed(action.id))] };
    case 'make_job':
      return onlyIf(true, effect('job', 'created', has({ title: action.title })));
    case 'delete_job':
      return { must: [], may: [effect('job', 'deleted', keyed(action.id))] };
    case 'make_assembler': {
      const { slug, name, host } = action;
      return onlyIf(true, effect('assembler', 'created', has({ slug, name, host })));
    }
    case 'change_assembler': {
      const { slug, name } = action;
      return onlyIf(status !== 204, effect('assembler', 'updated', has({ slug, name })));
    }
    case 'destroy_assembler':
      return onlyIf(true, effect('assembler', 'deleted', keyed(action.slug)));
    case 'add_path': {
      const { name, assembler_slug } = action;
      return onlyIf(true, effect('source_path', 'created', has({ name, assembler_slug })));
    }
    case 'remove_path':
      return onlyIf(true, effect('source_path', 'deleted', keyed(action.id)));
    default:
      return { must: [], may: [] };
  }
}

const agentTagging = (id: string) => taggingOf('agent', id);
const jobTagging = (id: number) => taggingOf('job', id);

/** How often each of `must` is among the events, and the events that nothing of the operation explains. */
export function compare(
  operation: Operation,
  events: readonly SeenChange[],
): { readonly counts: readonly number[]; readonly unexplained: readonly SeenChange[] } {
  const status = operation.outcome === 'unknown' ? 0 : operation.status;
  const { must, may } = effectsOf(operation.action, status);
  const isOf = (change: SeenChange, { type, verbs, fits }: Effect) =>
    change.type === type && verbs.includes(change.verb) && fits(change);
  const counts = must.map((one) => events.filter((change) => isOf(change, one)).length);
  const unexplained = events.filter((change) => ![...must, ...may].some((one) => isOf(change, one)));
  // An attach that was new has made or renewed its tagging, however it went on.
  const made = events.some(({ verb }) => verb !== 'deleted');
  const isAttach = operation.action.do === 'attach' && operation.status === 201;
  return { counts: isAttach ? [...counts, made ? 1 : 0] : counts, unexplained };
}
