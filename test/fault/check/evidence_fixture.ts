import type { SeenChange } from '../../subscriber.ts';
import type { Action } from '../action.ts';
import type { Operation } from '../history.ts';
import type { Evidence } from './check.ts';

/** A small run that keeps every promise, for tests to break one. */
export interface Story {
  operations: Operation[];
  log: SeenChange[];
}

const agent = '0000000a-0000-0000-0000-000000000001';
const incarnation = '0000000b-0000-0000-0000-000000000001';

/** The record that the story is about. */
export const ids = { agent, incarnation, tagging: `${incarnation}_agent_${agent}` };

/** An operation that was answered with success 5 ms after it began. */
export function asked(began: number, action: Action, more: Partial<Operation> = {}): Operation {
  const traceparent = `trace-${began}`;
  return {
    action,
    what: `${action.do} at ${began}`,
    traceparent,
    began,
    ended: began + 5,
    outcome: 'done',
    status: 201,
    body: undefined,
    error: undefined,
    problems: [],
    version: undefined,
    lagMs: 100,
    ...more,
  };
}

/** The event of a version that an operation made. */
export function logged(
  [type, key, v]: readonly [type: string, key: string, v: number],
  { traceparent, began }: Pick<Operation, 'traceparent' | 'began'>,
  more: Partial<SeenChange> = {},
): SeenChange {
  return {
    subject: `farm.${type}.${key}`,
    seq: 0,
    headers: { 'ce-id': `${type}-${key}-${v}`, 'ce-time': new Date(began).toISOString() },
    type,
    key,
    v,
    verb: v === 1 ? 'created' : 'updated',
    born: 1,
    traceparent,
    state: {},
    ...more,
  };
}

/** An agent is made and deleted; a tag is made, put on it, and read before and after. */
export function story(): Story {
  const operations = [
    asked(100, { do: 'make_agent', id: agent, hostname: 'h' }),
    asked(200, { do: 'make_tag', tag: 't' }),
    asked(300, { do: 'attach', tag: 't', kind: 'agent', ref: agent }),
    asked(
      400,
      { do: 'read_tag', tag: 't' },
      {
        status: 200,
        body: { id: 1, tag: 't', agents: [{ id: agent }], jobs: [] },
      },
    ),
    asked(500, { do: 'delete_agent', id: agent }, { status: 204 }),
    asked(
      900,
      { do: 'read_tag', tag: 't' },
      { status: 200, body: { id: 1, tag: 't', agents: [], jobs: [] } },
    ),
  ];
  const [made, tagged, attached, , deleted] = operations as [
    Operation,
    Operation,
    Operation,
    Operation,
    Operation,
  ];
  const relation = { tag_id: 1, incarnation, kind: 'agent', ref: agent, born: 1 };
  const nobody = { traceparent: '', began: 510 };
  const gone = { verb: 'deleted', state: null } as const;
  return {
    operations,
    log: [
      logged(['agent', agent, 1], made, { state: { id: agent, hostname: 'h' } }),
      logged(['tag', '1', 1], tagged, { state: { id: 1, tag: 't', incarnation } }),
      logged(['tagging', ids.tagging, 1], attached, { state: relation }),
      logged(['agent', agent, 2], deleted, gone),
      logged(['tagging', ids.tagging, 2], nobody, gone),
    ],
  };
}

/** What is found when the farm is at rest after a story, all of it as the log tells. */
export function evidence({ operations, log }: Story): Evidence {
  const last = new Map(log.map((change) => [change.subject, change]));
  return {
    operations,
    log,
    states: [...last.values()],
    stored: new Map([...last].map(([subject, { v }]) => [subject, v])),
    answers: {
      tags: [{ id: 1, tag: 't', agents: [], jobs: [] }],
      byName: new Map([['t', { own: { id: 1, tag: 't', agents: [], jobs: [] }, assemblers: [] }]]),
      agents: [],
      jobs: [],
      assemblers: [],
      sourcePaths: [],
    },
    deadLetters: 0,
    cutUntil: Number.NEGATIVE_INFINITY,
    startedAt: 0,
    gatewayAway: [],
  };
}
