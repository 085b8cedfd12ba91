import { AppError } from '@muster/contracts';
import { expect, test } from 'vitest';
import { tagReader } from './read_tag.ts';
import { type KnownReference, type Reference, referenceKey } from './reference.ts';
import type { LiveTag, Relation } from './tag.ts';

const cow: LiveTag = { id: 1, tag: 'cow', incarnation: 'i1', v: 1 };
const on = (ref: string, born = 1): Relation => ({ kind: 'agent', ref, born });
const alive = (label: string, born = 1): KnownReference => ({ live: true, v: born, born, label });

/**
 * A store in memory that can be changed, and tells what it was asked, in order; `hold` keeps its answers back. What is known of
 * records is read when it is asked for, all else when it is answered.
 */
function store() {
  const state = {
    tag: cow as LiveTag | undefined,
    relations: [on('a'), on('b')] as Relation[] | undefined,
    known: new Map([
      ['agent:a', alive('host-a')],
      ['agent:b', alive('host-b')],
    ]),
  };
  const asked: string[] = [];
  let held = Promise.resolve();
  const answer = async <T>(question: string, read: () => T): Promise<T> => {
    asked.push(question);
    await held;
    return read();
  };
  const read = tagReader({
    findTag: (address) => answer(`tag ${Object.values(address)[0]}`, () => state.tag),
    fewRelationsOf: ({ incarnation }) =>
      answer(`relations of ${incarnation}`, () =>
        incarnation === state.tag?.incarnation ? state.relations : [],
      ),
    async *relationsInBatches() {
      yield [on('a')];
      yield [on('b')];
    },
    knownReferences(wanted: readonly Reference[]) {
      const keys = wanted.map(referenceKey);
      const found = new Map([...state.known].filter(([key]) => keys.includes(key)));
      return answer(`known ${wanted.map(({ ref }) => ref)}`, () => found);
    },
  });
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  const labels = async () => {
    const { relations } = await read({ name: 'cow' });
    return Array.isArray(relations) ? relations.map(({ label }) => label) : 'a stream';
  };
  return { state, asked, hold, labels, read };
}

test('a tag that was read before is read all at once, and each time anew', async () => {
  const { state, asked, hold, labels } = store();
  expect(await labels()).toEqual(['host-a', 'host-b']);
  expect(asked.splice(0)).toEqual(['tag cow', 'relations of i1', 'known a,b']);
  state.known.set('agent:b', alive('renamed'));
  const release = hold();
  const again = labels();
  expect(asked).toEqual(['relations of i1', 'known a,b', 'tag cow']);
  release();
  expect(await again).toEqual(['host-a', 'renamed']);
  expect(asked).toHaveLength(3);
});

test('what was guessed wrong is asked for again: a tag that was replaced, and records that came to it', async () => {
  const { state, asked, labels } = store();
  await labels();
  state.tag = { ...cow, incarnation: 'i2' };
  state.relations = [on('b'), on('c')];
  state.known.set('agent:c', alive('host-c'));
  asked.length = 0;
  expect(await labels()).toEqual(['host-b', 'host-c']);
  expect(asked).toEqual(['relations of i1', 'known a,b', 'tag cow', 'relations of i2', 'known c']);
});

test('a record that began the life of its relation only after it was read is read again', async () => {
  const { state, asked, hold, labels } = store();
  await labels();
  asked.length = 0;
  const release = hold();
  const again = labels();
  state.known.set('agent:b', alive('reborn', 3));
  state.relations = [on('a'), on('b', 3)];
  release();
  expect(await again).toEqual(['host-a', 'reborn']);
  expect(asked.at(-1)).toBe('known b');
});

test('a relation whose record died, or of which nothing is known any more, is shown as ever', async () => {
  const { state, labels } = store();
  await labels();
  state.known.set('agent:a', { ...alive('host-a'), live: false, v: 2 });
  state.known.delete('agent:b');
  expect(await labels()).toEqual([null]);
});

test('a tag that is gone is not found, whatever becomes of what was guessed', async () => {
  const { state, labels, read } = store();
  await labels();
  state.tag = undefined;
  await expect(read({ name: 'cow' })).rejects.toThrow(AppError);
});

test('more relations than are read at once come as a stream, of a tag that was read before too', async () => {
  const { state, asked, labels } = store();
  await labels();
  state.relations = undefined;
  expect(await labels()).toBe('a stream');
  asked.length = 0;
  expect(await labels()).toBe('a stream');
});
