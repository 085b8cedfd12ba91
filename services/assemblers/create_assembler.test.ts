import { AppError, type Assembler } from '@muster/contracts';
import type { Change } from '@muster/runtime';
import { expect, test } from 'vitest';
import { type CreateAssemblerDeps, createAssembler } from './create_assembler.ts';

const origin = { by: 'ann', traceparent: '00-1-2-00' };
const now = () => new Date(0);

/** A store that does what it is told and remembers what it was asked. */
function store(answer?: 'exists' | { field: 'name' | 'host' }) {
  const asked: { id: string; state: Assembler; change: Change }[] = [];
  const insert: CreateAssemblerDeps['insert'] = async (input) => {
    asked.push(input);
    if (typeof answer === 'object') return { outcome: 'taken', ...answer };
    const last = { ...input.change, id: 'event', delta: [] };
    const doc = { _id: input.id, live: true, v: 1, born: 1, last, state: input.state };
    return { outcome: answer ?? 'inserted', doc };
  };
  return { asked, deps: { insert, now } };
}

const refusal = (work: Promise<unknown>) => work.then(() => undefined).catch((error: AppError) => error);

test('createAssembler() makes a record with every field, the host in lower case and no source paths', async () => {
  const { asked, deps } = store();
  const given = { slug: 'ca', name: 'Core Assembler', host: 'Assembler.ALTlinux.org:80' };
  const { state } = await createAssembler({ given, origin }, deps);
  expect(state).toEqual({
    slug: 'ca',
    name: 'Core Assembler',
    host: 'assembler.altlinux.org:80',
    source_path_count: 0,
    export_path_base: null,
  });
  expect(asked[0]?.id).toBe('ca');
  expect(asked[0]?.change).toEqual({ type: 'farm.assembler.created.v1', at: new Date(0), ...origin });
});

test('createAssembler() makes a record without a host when none is given', async () => {
  const { state } = await createAssembler({ given: { slug: 'ca', name: 'Core' }, origin }, store().deps);
  expect(state.host).toBeNull();
});

test('createAssembler() names the slug when a living assembler has it', async () => {
  const error = await refusal(
    createAssembler({ given: { slug: 'ca', name: 'Core' }, origin }, store('exists').deps),
  );
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'not_unique', params: { field: 'slug', value: 'ca' } });
});

test.each([
  ['name', 'Core'],
  ['host', 'a.example'],
] as const)('createAssembler() names the %s that another assembler has', async (field, value) => {
  const given = { slug: 'ca', name: 'Core', host: 'A.example' };
  const error = await refusal(createAssembler({ given, origin }, store({ field }).deps));
  expect(error).toMatchObject({ code: 'not_unique', params: { field, value } });
});
