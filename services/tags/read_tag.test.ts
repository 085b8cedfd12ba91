import { setImmediate as turn } from 'node:timers/promises';
import { AppError } from '@muster/contracts';
import { expect, test } from 'vitest';
import { tagReader } from './read_tag.ts';
import { type KnownReference, type Reference, referenceKey } from './reference.ts';
import type { LiveTag, Relation } from './tag.ts';
import type { TagAddress } from './tag_address.ts';
import type { ReadyView } from './tag_view.ts';

const cow: LiveTag = { id: 1, tag: 'cow', incarnation: 'i1', v: 1 };
const on = (ref: string, born = 1): Relation => ({ kind: 'agent', ref, born });
const alive = (label: string, born = 1): KnownReference => ({ live: true, v: born, born, label });
const many = (count: number) => Array.from({ length: count }, (_, at) => on(`a${at}`));

/** A store in memory that can be changed, and tells what it was asked, in order. */
function store() {
  const state = {
    tag: cow as LiveTag | undefined,
    relations: [on('a'), on('b')] as Relation[] | undefined,
    known: new Map([
      ['agent:a', alive('host-a')],
      ['agent:b', alive('host-b')],
    ]),
    stamp: 's' as string | undefined,
    views: new Map<string, ReadyView>(),
  };
  const asked: string[] = [];
  const answer = async <T>(question: string, value: T): Promise<T> => {
    asked.push(question);
    return value;
  };
  const read = tagReader({
    findTag: (address) => answer(`tag ${Object.values(address)[0]}`, state.tag),
    fewRelationsOf: ({ incarnation }) => answer(`relations of ${incarnation}`, state.relations),
    async *relationsInBatches() {
      yield [on('a')];
      yield [on('b')];
    },
    knownReferences: (wanted: readonly Reference[]) =>
      answer(
        `known ${wanted.map(({ ref }) => ref)}`,
        new Map([...state.known].filter(([key]) => wanted.map(referenceKey).includes(key))),
      ),
    views: {
      read: (address) => answer(`view ${Object.values(address)[0]}`, state.views.get('kept')),
      open: (id) => answer(`open ${id}`, state.stamp),
      async keep(view, stamp) {
        asked.push(`keep ${stamp}`);
        state.views.set('kept', { ...view, stamp });
      },
    },
  });
  const labels = async (address: TagAddress = { name: 'cow' }, kind?: 'agent' | 'job') => {
    const { relations } = await read(address, kind);
    await turn();
    return Array.isArray(relations) ? relations.map(({ label }) => label) : 'a stream';
  };
  return { state, asked, labels, read };
}

const longWay = ['view cow', 'tag cow', 'relations of i1', 'known a,b'];

test('a tag that was found twice alike has a view, from which it is answered then', async () => {
  const { asked, labels } = store();
  expect(await labels()).toEqual(['host-a', 'host-b']);
  expect(asked.splice(0)).toEqual(longWay);
  expect(await labels()).toEqual(['host-a', 'host-b']);
  const making = ['open 1', 'tag 1', 'relations of i1', 'known a,b', 'keep s'];
  expect(asked.splice(0).toSorted()).toEqual([...longWay, ...making].toSorted());
  expect(await labels()).toEqual(['host-a', 'host-b']);
  expect(await labels({ id: 1 }, 'agent')).toEqual(['host-a', 'host-b']);
  expect(await labels({ id: 1 }, 'job')).toEqual([]);
  expect(asked).toEqual(['view cow', 'view 1', 'view 1']);
});

test('a tag whose relations were fewer or more the last time, or that was replaced, has none', async () => {
  const { state, asked, labels } = store();
  await labels();
  state.relations = [on('a')];
  expect(await labels()).toEqual(['host-a']);
  state.tag = { ...cow, incarnation: 'i2' };
  await labels();
  expect(asked).not.toContain('open 1');
  await labels();
  expect(asked).toContain('keep s');
});

test('a tag that is changing has none', async () => {
  const { state, asked, labels } = store();
  state.stamp = undefined;
  await labels();
  await labels();
  expect(asked.toSorted()).toEqual([...longWay, ...longWay, 'open 1'].toSorted());
});

test('a tag with a record that is unknown has none', async () => {
  const { state, asked, labels } = store();
  state.known.delete('agent:b');
  await labels();
  expect(await labels()).toEqual(['host-a', null]);
  expect(asked).not.toContain('keep s');
});

test('a tag with more than 100 relations has none', async () => {
  const { state, asked, labels } = store();
  state.known = new Map(many(101).map((relation) => [referenceKey(relation), alive('host')]));
  state.relations = many(101);
  await labels();
  await labels();
  expect(asked).not.toContain('open 1');
  state.relations = many(100);
  await labels();
  await labels();
  expect(asked).toContain('keep s');
});

test('what cannot be kept is read the long way again', async () => {
  const { state, labels } = store();
  state.views.set = () => {
    throw new Error('MongoDB is away');
  };
  for (const _ of many(3)) expect(await labels()).toEqual(['host-a', 'host-b']);
});

test('a relation whose record died, or lives another life, is not shown, in a view neither', async () => {
  const { state, labels } = store();
  state.known.set('agent:a', { ...alive('host-a'), live: false, v: 2 });
  state.known.set('agent:b', alive('reborn', 3));
  for (const _ of many(3)) expect(await labels()).toEqual([]);
  expect(state.views.get('kept')).toEqual({ tag: cow, relations: [], stamp: 's' });
});

test('a tag that is gone is not found', async () => {
  const { state, labels, read } = store();
  await labels();
  state.tag = undefined;
  await expect(read({ name: 'cow' })).rejects.toThrow(AppError);
});

test('more relations than are read at once come as a stream', async () => {
  const { state, labels } = store();
  state.relations = undefined;
  expect(await labels()).toBe('a stream');
});
