import type { Anomaly, Operation } from '../history.ts';
import type { TagTimelines } from './tag_timelines.ts';
import { possible, surelyLives, type Timeline } from './timelines.ts';

/** I9 and I13: a refusal is true at some moment of the request: what is said to be unknown, or taken, may have been so. */
export function findFalseRefusals(
  timelines: ReadonlyMap<string, Timeline>,
  tags: TagTimelines,
  operations: readonly Operation[],
): Anomaly[] {
  return operations.flatMap((operation): Anomaly[] => {
    const { action, status, what, body } = operation;
    const { began, ended } = operation;
    const refused = (invariant: 'I9' | 'I13', text: string): Anomaly[] => [
      { invariant, operation, text: `${what} → ${status} ${JSON.stringify(body)}: ${text}` },
    ];
    if (status === 404 && 'tag' in action) {
      if (isTagUnknown(body)) {
        return tags.surelyLives(action.tag, began, ended) ? refused('I9', 'the tag lived all the time') : [];
      }
      const wanted = referencesOf(operation).map((subject) => timelines.get(subject));
      const all = wanted.every((timeline) => surelyLives(timeline, began, ended));
      return all ? refused('I9', 'everything it names lived all the time') : [];
    }
    if (status === 422 && (action.do === 'make_assembler' || action.do === 'change_assembler')) {
      const isTaken = [...timelines.values()].some(
        (timeline) => timeline.type === 'assembler' && collides(timeline, operation),
      );
      return isTaken ? [] : refused('I13', 'nobody held slug, name or host');
    }
    return [];
  });
}

/** The two 404s of an attach are told apart by their text, as people do. */
const isTagUnknown = (body: unknown): boolean =>
  String((body as { error?: unknown } | undefined)?.error).startsWith('There is no tag');

/** The subjects of the records that a write refers to. */
export function referencesOf({ action }: Operation): readonly string[] {
  switch (action.do) {
    case 'attach':
      return [`farm.${action.kind}.${action.ref}`];
    case 'replace_tag':
      return [...action.agents.map((id) => `farm.agent.${id}`), ...action.jobs.map((id) => `farm.job.${id}`)];
    default:
      return [];
  }
}

function collides(timeline: Timeline, { action, began, ended }: Operation): boolean {
  const wanted = action as { slug?: string; name?: string; host?: string };
  const isSelf = timeline.key === wanted.slug;
  const isNew = action.do === 'make_assembler';
  return possible(timeline, began, ended).some(({ live, state, isUnknown }) => {
    if (isUnknown) return true;
    if (!live || (isSelf && !isNew)) return false;
    return isSelf || state?.name === wanted.name || (isNew && state?.host === wanted.host);
  });
}
