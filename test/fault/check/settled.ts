import { isDeepStrictEqual } from 'node:util';
import { type Answers, rebuild } from '../../rebuild.ts';
import type { SeenChange } from '../../subscriber.ts';
import type { Anomaly } from '../history.ts';

/** I6: the last states, the log and what the APIs answer tell the same. */
export function findDisagreement(
  log: readonly SeenChange[],
  states: readonly SeenChange[],
  answers: Answers,
): Anomaly[] {
  const last = new Map(log.map((change) => [change.subject, change]));
  const anomalies: Anomaly[] = [];
  const wrong = (text: string, subject?: string) => anomalies.push({ invariant: 'I6', text, subject });
  const seen = new Set<string>();
  for (const { subject, v, state } of states) {
    seen.add(subject);
    const logged = last.get(subject);
    if (logged?.v !== v) wrong(`${subject}: FARM_STATE has version ${v}, FARM ends at ${logged?.v}`, subject);
    else if (!isDeepStrictEqual(state, logged.state))
      wrong(`${subject}: another state in FARM_STATE`, subject);
  }
  for (const subject of last.keys()) {
    if (!seen.has(subject)) wrong(`${subject}: not in FARM_STATE`, subject);
  }
  const must = rebuild(log);
  for (const name of ['tags', 'agents', 'jobs', 'assemblers', 'sourcePaths'] as const) {
    for (const text of differences(must[name], answers[name])) wrong(`${name}: ${text}`);
  }
  for (const [name, one] of must.byName) {
    const answered = answers.byName.get(name);
    if (!isDeepStrictEqual(answered, one))
      wrong(`tag ${name}: the log tells ${JSON.stringify(one)}, the API ${JSON.stringify(answered)}`);
  }
  return anomalies;
}

function differences(must: readonly unknown[], are: readonly unknown[]): string[] {
  if (isDeepStrictEqual(must, are)) return [];
  const text = (one: unknown) => JSON.stringify(one, Object.keys(one as object).sort());
  const [expected, found] = [new Set(must.map(text)), new Set(are.map(text))];
  return [
    ...[...expected].filter((one) => !found.has(one)).map((one) => `the API lacks ${one}`),
    ...[...found].filter((one) => !expected.has(one)).map((one) => `the API has ${one}, the log does not`),
  ];
}
