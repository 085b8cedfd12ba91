import { describe, expect, test } from 'vitest';
import { type Replaced, type ReplaceTagDeps, replaceTag } from './replace_tag.ts';
import type { LiveTag } from './tag.ts';
import type { TagAddress } from './tag_address.ts';

const blue: LiveTag = { id: 1, tag: 'blue', incarnation: 'i1', v: 1 };
const origin = { by: null, traceparent: 't' };

/** `found` are the answers to successive looks for the tag, `written` those of successive writes. */
const put = async (
  request: { address: TagAddress; given?: string; refs?: (string | number)[] },
  world: { found?: (LiveTag | undefined)[]; written?: Replaced[]; diesMeanwhile?: boolean },
) => {
  const found = [...(world.found ?? [])];
  const written = [...(world.written ?? [])];
  const writes: unknown[] = [];
  const later: unknown[] = [];
  const deps: ReplaceTagDeps = {
    knownReferences: async (refs) => {
      const live = writes.length === 0 || !world.diesMeanwhile;
      return new Map(refs.map(({ kind, ref }) => [`${kind}:${ref}`, { live, v: 2, born: 2, label: null }]));
    },
    clearLater: (turn) => void later.push(turn),
    askOwner: async () => undefined,
    foldReferences: async () => {},
    findTag: async () => found.shift(),
    nextId: async () => 99,
    reincarnateTag: async (tag, relations) => {
      writes.push({ over: tag.id, relations });
      return written.shift() ?? { ...tag, incarnation: 'i2' };
    },
    insertTagWith: async (tag, relations) => {
      writes.push({ new: tag, relations });
      return written.shift() ?? { ...tag, incarnation: 'i2', v: 1 };
    },
  };
  const references = (request.refs ?? []).map((ref) => ({ kind: 'agent' as const, ref }));
  const result = await replaceTag(
    { address: request.address, given: request.given, references },
    origin,
    deps,
  );
  return { result, writes, later };
};

describe('replaceTag()', () => {
  test('creates under the name in the address, with the next id', async () => {
    const { writes } = await put({ address: { name: 'blue' } }, {});
    expect(writes).toEqual([{ new: { id: 99, tag: 'blue' }, relations: [] }]);
  });
  test('keeps the id of an existing tag, and takes the same agent once', async () => {
    const { writes } = await put({ address: { name: 'blue' }, refs: ['a', 'a', 'b'] }, { found: [blue] });
    const relations = [
      { kind: 'agent', ref: 'a', born: 2 },
      { kind: 'agent', ref: 'b', born: 2 },
    ];
    expect(writes).toEqual([{ over: 1, relations }]);
  });
  test('has the relations cleared of a record that died while they were written', async () => {
    const world = { found: [blue], diesMeanwhile: true };
    const { later } = await put({ address: { name: 'blue' }, refs: ['a'] }, world);
    expect(later).toMatchObject([{ kind: 'agent', ref: 'a', live: false, at: new Date(0) }]);
    expect((await put({ address: { name: 'blue' }, refs: ['a'] }, { found: [blue] })).later).toEqual([]);
  });
  test('keeps the name of a tag that is given by id', async () => {
    expect((await put({ address: { id: 1 } }, { found: [blue] })).result.tag).toBe('blue');
  });
  test('creates under an unknown id when a name is given', async () => {
    const { writes } = await put({ address: { id: 7 }, given: 'red' }, {});
    expect(writes).toEqual([{ new: { id: 7, tag: 'red' }, relations: [] }]);
  });
  test('looks again when someone else was faster', async () => {
    const { writes } = await put(
      { address: { name: 'blue' } },
      { found: [undefined, blue, blue], written: ['name taken', 'gone'] },
    );
    expect(writes).toHaveLength(3);
  });
  test.each([
    [
      'a name that differs from the address',
      { address: { name: 'blue' }, given: 'red' },
      {},
      'tag_name_differs',
    ],
    ['another name for an id', { address: { id: 1 }, given: 'red' }, { found: [blue] }, 'tag_name_differs'],
    ['an unknown id without a name', { address: { id: 7 } }, {}, 'tag_id_needs_name'],
    ['an id that no tag can have', { address: { id: null }, given: 'red' }, {}, 'tag_id_impossible'],
    [
      'an id that was used',
      { address: { id: 7 }, given: 'r' },
      { written: ['id taken' as const] },
      'tag_id_used',
    ],
    [
      'a taken name',
      { address: { id: 7 }, given: 'r' },
      { written: ['name taken' as const] },
      'tag_name_taken',
    ],
    ['a name that no tag can have', { address: { name: 'schema' } }, {}, 'field.tag'],
  ])('refuses %s', async (_what, request, world, key) => {
    await expect(put(request, world)).rejects.toMatchObject({ key });
  });
});
