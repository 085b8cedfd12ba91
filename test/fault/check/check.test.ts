import { expect, test } from 'vitest';
import type { Operation } from '../history.ts';
import { check, type Evidence } from './check.ts';
import { asked, evidence, ids, logged, type Story, story } from './evidence_fixture.ts';

const found = (of: Evidence) => [...new Set(check(of).map(({ invariant }) => invariant))].sort();

/** What is found of the story after `change`. */
function foundIn(change: (story: Story) => void): string[] {
  const changed = story();
  change(changed);
  return found(evidence(changed));
}

const with_ = (operation: Operation, more: Partial<Operation>): Operation => ({ ...operation, ...more });

test('check() finds nothing wrong with a run that kept every promise', () => {
  expect(check(evidence(story()))).toEqual([]);
});

test('I1: an acknowledged write without its event', () => {
  expect(
    foundIn(({ operations }) => void operations.push(asked(950, { do: 'make_job', title: 'j' }))),
  ).toEqual(['I1']);
});

test('I2: an event of a write that was refused', () => {
  const refused = asked(950, { do: 'make_job', title: 'j' }, { outcome: 'refused', status: 422, body: {} });
  const change = (story: Story) => {
    story.operations.push(refused);
    story.log.push(logged(['job', '1', 1], refused, { state: { id: 1, title: 'j' } }));
  };
  expect(foundIn(change)).toContain('I2');
});

test('I3: half of a replacement whose outcome is unknown', () => {
  const unknown = asked(
    950,
    { do: 'replace_tag', tag: 't', agents: [ids.agent], jobs: [] },
    { outcome: 'unknown', status: 504 },
  );
  const incarnation = '0000000b-0000-0000-0000-000000000002';
  const change = (story: Story) => {
    story.operations.push(unknown);
    story.log.push(logged(['tag', '1', 2], unknown, { state: { id: 1, tag: 't', incarnation } }));
  };
  expect(foundIn(change)).toEqual(['I3']);
});

test('I4: a version twice, a version missing, and a log that ends too early', () => {
  expect(foundIn(({ log }) => void log.splice(1, 0, log[0]!))).toContain('I4');
  expect(foundIn(({ log }) => void log.shift())).toContain('I4');
  const short = evidence(story());
  expect(found({ ...short, stored: new Map([...short.stored, ['farm.tag.1', 2]]) })).toEqual(['I4']);
});

test('I5: an event that nobody asked for, and one without its record', () => {
  const nobody = logged(['job', '1', 1], { traceparent: 'strange', began: 0 }, { state: { id: 1 } });
  expect(foundIn(({ log }) => void log.push(nobody))).toContain('I5');
  const lost = evidence(story());
  const stored = new Map([...lost.stored].filter(([subject]) => subject !== 'farm.tag.1'));
  expect(found({ ...lost, stored })).toEqual(['I5']);
});

test('I6: a last state or an answer that differs from the log', () => {
  const whole = evidence(story());
  expect(found({ ...whole, states: whole.states.slice(1) })).toEqual(['I6']);
  expect(found({ ...whole, answers: { ...whole.answers, tags: [] } })).toEqual(['I6']);
});

test('I7: a message that no consumer could take', () => {
  expect(found({ ...evidence(story()), deadLetters: 1 })).toEqual(['I7']);
});

test('I8: a relation that is shown longer after its record died than the answer admits', () => {
  const change = (lagMs: number) => (story: Story) => {
    const { body } = story.operations[3]!;
    story.operations[5] = with_(story.operations[5]!, { began: 600, ended: 605, body, lagMs });
    story.log[4] = logged(
      ['tagging', ids.tagging, 2],
      { traceparent: '', began: 610 },
      { verb: 'deleted', state: null },
    );
  };
  expect(foundIn(change(10))).toEqual(['I8']);
  expect(foundIn(change(200))).toEqual([]);
});

test('I9: an agent or a tag that is said to be unknown while it lives', () => {
  const error = (text: string) => ({ outcome: 'refused', status: 404, body: { error: text } }) as const;
  const attach = { do: 'attach', tag: 't', kind: 'agent', ref: ids.agent } as const;
  const refused = (began: number, text: string) =>
    foundIn(({ operations }) => void operations.push(asked(began, attach, error(text))));
  expect(refused(410, 'Cannot tag with "t"')).toEqual(['I9']);
  expect(refused(610, 'Cannot tag with "t"')).toEqual([]);
  expect(refused(610, 'There is no tag "t"')).toEqual(['I9']);
  expect(refused(110, 'There is no tag "t"')).toEqual([]);
});

test('I10: an agent that was tagged longer after its death than the answer admits', () => {
  const attach = { do: 'attach', tag: 't', kind: 'agent', ref: ids.agent } as const;
  const tagged = (lagMs: number) =>
    foundIn(({ operations }) => void operations.push(asked(700, attach, { status: 200, lagMs })));
  expect(tagged(50)).toEqual(['I10']);
  expect(tagged(500)).toEqual([]);
});

test('I11: two living assemblers of one name, and a tag that came back under its id', () => {
  const make = (began: number, slug: string) =>
    asked(began, { do: 'make_assembler', slug, name: 'n', host: slug });
  const state = (slug: string) => ({
    slug,
    name: 'n',
    host: slug,
    source_path_count: 0,
    export_path_base: null,
  });
  const two = [make(950, 'a'), make(970, 'b')] as const;
  const change = (story: Story) => {
    story.operations.push(...two);
    story.log.push(
      logged(['assembler', 'a', 1], two[0], { state: state('a') }),
      logged(['assembler', 'b', 1], two[1], { state: state('b') }),
    );
  };
  expect(foundIn(change)).toContain('I11');
  const revived = (story: Story) => {
    const gone = asked(950, { do: 'delete_tag', tag: 't' }, { status: 204 });
    const again = asked(970, { do: 'make_tag', tag: 't' });
    story.operations.push(gone, again);
    story.log.push(
      logged(['tag', '1', 2], gone, { verb: 'deleted', state: null }),
      logged(['tag', '1', 3], again, {
        verb: 'created',
        born: 3,
        state: { id: 1, tag: 't', incarnation: 'i' },
      }),
    );
  };
  expect(foundIn(revived)).toContain('I11');
});

test('I12: versions in another order than their requests, and a reading of what was not so', () => {
  const late = (story: Story) => {
    story.operations[4] = with_(story.operations[4]!, { began: 20, ended: 30 });
  };
  expect(foundIn(late)).toContain('I12');
  const stale = (story: Story) => {
    story.operations[3] = with_(story.operations[3]!, {
      body: { id: 1, tag: 't', agents: [], jobs: [] },
    });
  };
  expect(foundIn(stale)).toEqual(['I12']);
});

test('I13: an internal error, a connection that ends, and an answer that takes too long', () => {
  const ended = (more: Partial<Operation>) =>
    foundIn(({ operations }) => void operations.push(asked(950, { do: 'read_tag', tag: 't' }, more)));
  expect(ended({ outcome: 'unknown', status: 500 })).toEqual(['I13']);
  expect(ended({ outcome: 'unknown', status: 0, error: 'ECONNRESET' })).toEqual(['I13']);
  expect(ended({ outcome: 'unknown', status: 503, ended: 9_000 })).toEqual(['I13']);
  expect(ended({ outcome: 'unknown', status: 503 })).toEqual([]);
});
