import type { Anomaly, Operation } from '../history.ts';
import { referencesOf } from './refusals.ts';
import type { TagTimelines } from './tag_timelines.ts';
import { mayLive, possible, surelyLives, type Timeline, type Version } from './timelines.ts';

type Shown = { readonly id: string | number };
interface ShownTag {
  readonly id: number;
  readonly agents: readonly Shown[];
  readonly jobs: readonly Shown[];
}

/** Whole milliseconds in the header, and two clocks. */
const SLACK_MS = 25;

/**
 * I8, I10 and I12 of tags: what an answer says of tags and their relations was so at some moment of the request; what it says of
 * other services' records was so no longer ago than the lag that it tells.
 */
export function findStale(
  timelines: ReadonlyMap<string, Timeline>,
  tags: TagTimelines,
  operations: readonly Operation[],
): Anomaly[] {
  return operations.flatMap((operation): Anomaly[] => {
    const { action, status, began, ended, lagMs, what, body } = operation;
    if (!('tag' in action) || status >= 300 || status === 0) return [];
    const wrong = (invariant: Anomaly['invariant'], text: string): Anomaly => ({
      invariant,
      operation,
      text: `${what} (${status}, ${lagMs} ms behind): ${text}`,
    });
    const present = tags.present(action.tag, began, ended);
    const mayBeThere = (subject: string) => mayLive(timelines.get(subject), began - lagMs - SLACK_MS, ended);
    const dead = referencesOf(operation).filter((subject) => !mayBeThere(subject));
    const anomalies = dead.map((subject) => wrong('I10', `${subject} was not there`));
    const needsTag =
      ['read_tag', 'attach', 'detach'].includes(action.do) || (action.do === 'make_tag' && status === 200);
    if (needsTag && present.length === 0) anomalies.push(wrong('I12', 'there was no such tag'));
    if (action.do === 'delete_tag' && tags.surelyLives(action.tag, began, ended)) {
      anomalies.push(wrong('I12', 'it was there all the time, and still is'));
    }
    if (action.do !== 'read_tag') return anomalies;
    const { agents, jobs } = body as ShownTag;
    const shown = [
      ...agents.map(({ id }) => ['agent', id] as const),
      ...jobs.map(({ id }) => ['job', id] as const),
    ];
    for (const [kind, id] of shown) {
      const mayHold = present.some(
        ({ state }) =>
          state === null ||
          mayLive(tags.taggingsOf(String(state.incarnation)).get(`${kind}_${id}`), began, ended),
      );
      if (!mayHold) anomalies.push(wrong('I12', `it was not on ${kind} ${id}`));
      if (!mayBeThere(`farm.${kind}.${id}`))
        anomalies.push(wrong('I8', `${kind} ${id} was not there any more`));
    }
    const missing = surelyOn(operation, { timelines, tags, present }).filter(
      (one) => !shown.some(([kind, id]) => one === `${kind}_${id}`),
    );
    return [...anomalies, ...missing.map((one) => wrong('I12', `it does not show ${one}`))];
  });
}

/** The agents and jobs that the tag was on all the time, by `<kind>_<ref>`: the same tag, relation and life of the record. */
function surelyOn(
  { action, began, ended }: Operation,
  deps: { timelines: ReadonlyMap<string, Timeline>; tags: TagTimelines; present: readonly Version[] },
): string[] {
  const { timelines, tags, present } = deps;
  if (!('tag' in action) || !tags.surelyLives(action.tag, began, ended)) return [];
  const incarnations = new Set(present.map(({ state }) => state?.incarnation));
  const [incarnation] = incarnations;
  if (incarnations.size !== 1 || typeof incarnation !== 'string') return [];
  return [...tags.taggingsOf(incarnation)].flatMap(([name, timeline]) => {
    if (name.startsWith('assembler_') || !surelyLives(timeline, began, ended)) return [];
    const lives = new Set(possible(timeline, began, ended).map(({ state }) => state?.born));
    const record = timelines.get(`farm.${name.replace('_', '.')}`);
    // Its deletion may have been heard of as soon as it was asked for.
    const now = possible(record, began, ended);
    const isSameLife = now.every(({ live, born }) => live && lives.size === 1 && lives.has(born));
    return isSameLife ? [name] : [];
  });
}
