import type { Anomaly, Operation } from '../history.ts';
import { mayLive, possible, surelyLives, type Timeline } from './timelines.ts';

/**
 * I12: each record's history is linearizable: versions come in the order of the requests that made them, and what was read of a
 * record was its state at some moment of the reading.
 */
export function findDisorder(
  timelines: ReadonlyMap<string, Timeline>,
  operations: readonly Operation[],
): Anomaly[] {
  return [
    ...[...timelines.values()].flatMap(disorderIn),
    ...operations.flatMap((one) => misread(timelines, one)),
  ];
}

function disorderIn({ subject, versions }: Timeline): Anomaly[] {
  const anomalies: Anomaly[] = [];
  let latestBegin = Number.NEGATIVE_INFINITY;
  for (const { v, operation } of versions) {
    if (operation === undefined) continue;
    if (operation.outcome === 'done' && operation.ended < latestBegin) {
      const text = `${subject}: version ${v} was asked for and done before the version before it was asked for`;
      anomalies.push({ invariant: 'I12', subject, text, operation });
    }
    latestBegin = Math.max(latestBegin, operation.began);
  }
  return anomalies;
}

function misread(timelines: ReadonlyMap<string, Timeline>, operation: Operation): Anomaly[] {
  const { action, status, began, ended, version, body, what } = operation;
  const subject = subjectOf(operation);
  if (subject === undefined) return [];
  const timeline = timelines.get(subject);
  const wrong = (text: string): Anomaly[] => [
    { invariant: 'I12', subject, operation, text: `${what} (${status}): ${text}` },
  ];
  switch (action.do) {
    case 'read_agent':
    case 'read_assembler': {
      if (status === 404) return surelyLives(timeline, began, ended) ? wrong('it lived all the time') : [];
      if (status !== 200) return [];
      const fits = possible(timeline, began, ended).some(
        ({ v, state, isUnknown }) =>
          isUnknown || (v === version && JSON.stringify(state) === JSON.stringify(body)),
      );
      return fits ? [] : wrong(`version ${version} was not the present one: ${JSON.stringify(body)}`);
    }
    case 'make_agent':
      return status === 200 && !mayLive(timeline, began, ended) ? wrong('there was no such agent') : [];
    case 'delete_agent':
      return status === 204 && surelyLives(timeline, began, ended)
        ? wrong('it lived all the time, and still does')
        : [];
    case 'change_assembler':
    case 'destroy_assembler':
      return status === 404 && surelyLives(timeline, began, ended) ? wrong('it lived all the time') : [];
    default:
      return [];
  }
}

/** The subject of the one record that an action is about; undefined where there are several, or its id is not known yet. */
function subjectOf({ action }: Operation): string | undefined {
  if ('slug' in action) return `farm.assembler.${action.slug}`;
  switch (action.do) {
    case 'make_agent':
    case 'read_agent':
    case 'delete_agent':
      return `farm.agent.${action.id}`;
    default:
      return undefined;
  }
}
