import type { AppError, Assembler } from '@muster/contracts';
import { expect, test } from 'vitest';
import type { HeldAssembler } from './assembler.ts';
import { type ChangeAssemblerDeps, changeAssembler } from './change_assembler.ts';
import { type DestroyAssemblerDeps, destroyAssembler } from './destroy_assembler.ts';

const origin = { by: 'ann', traceparent: '00-1-2-00' };
const now = () => new Date(0);
const state: Assembler = {
  slug: 'ca',
  name: 'Core',
  host: null,
  source_path_count: 3,
  export_path_base: null,
};
const doc: HeldAssembler = { _id: 'ca', live: true, v: 4, born: 1, state };

type ChangeInput = Parameters<ChangeAssemblerDeps['change']>[0];
type ChangeOutcome = Awaited<ReturnType<ChangeAssemblerDeps['change']>>;

function changing(outcome: ChangeOutcome) {
  const asked: ChangeInput[] = [];
  const change = async (input: ChangeInput) => {
    asked.push(input);
    return outcome;
  };
  return { asked, deps: { change, now } };
}

const refusal = (work: Promise<unknown>) => work.then(() => undefined).catch((error: AppError) => error);

test('changeAssembler() changes only what is given, the host in lower case', async () => {
  const { asked, deps } = changing({ outcome: 'changed', doc });
  const given = { host: 'B.Example' };
  expect(await changeAssembler({ slug: 'ca', given, revisions: [4], origin }, deps)).toEqual({
    outcome: 'changed',
    doc,
  });
  const change = { type: 'farm.assembler.updated.v1', at: now(), ...origin };
  expect(asked).toEqual([{ id: 'ca', patch: { host: 'b.example' }, revisions: [4], change }]);
});

test('changeAssembler() says that nothing changed, and that the revision is another one', async () => {
  const input = { slug: 'ca', given: { name: 'Core' }, revisions: undefined, origin };
  for (const outcome of ['unchanged', 'refused'] as const) {
    expect(await changeAssembler(input, changing({ outcome, doc }).deps)).toEqual({ outcome, doc });
  }
});

test('changeAssembler() refuses an unknown slug, and a value that another assembler has', async () => {
  const input = { slug: 'ca', given: { name: 'Second' }, revisions: undefined, origin };
  const unknown = await refusal(changeAssembler(input, changing({ outcome: 'missing' }).deps));
  expect(unknown).toMatchObject({ code: 'not_found', params: { kind: 'assembler', id: 'ca' } });
  const taken = await refusal(changeAssembler(input, changing({ outcome: 'taken', field: 'name' }).deps));
  expect(taken).toMatchObject({ code: 'not_unique', params: { field: 'name', value: 'Second' } });
});

test('destroyAssembler() gives the assembler as it was, and refuses an unknown slug', async () => {
  type Outcome = Awaited<ReturnType<DestroyAssemblerDeps['bury']>>;
  const destroy = (outcome: Outcome) =>
    destroyAssembler({ slug: 'ca', revisions: undefined, origin }, { bury: async () => outcome, now });
  expect(await destroy({ outcome: 'buried', before: doc, v: 5 })).toEqual({ outcome: 'destroyed', doc });
  expect(await destroy({ outcome: 'refused', doc })).toEqual({ outcome: 'refused', doc });
  expect(await refusal(destroy({ outcome: 'missing' }))).toMatchObject({ code: 'not_found' });
});
