import { describe, expect, test } from 'vitest';
import { indexPieces } from './http/index_pieces.ts';
import { listTags } from './list_tags.ts';
import type { KnownReference } from './reference.ts';

const relation = (
  tag_id: number,
  kind: 'agent' | 'assembler' | 'job',
  ref: string | number,
  incarnation = `i${tag_id}`,
) => ({
  tag_id,
  incarnation,
  kind,
  ref,
  born: 1,
});
const tag = (id: number) => ({ id, tag: `t${id}`, incarnation: `i${id}`, v: 1 });
const dead: KnownReference = { live: false, v: 2, born: 1, label: null };

/** The index over `tags` and stored relations, as it is sent. */
const index = async (tags: number[], batches: ReturnType<typeof relation>[][]) => {
  const deps = {
    relationsFrom: async function* () {
      yield* batches;
    },
    knownReferences: async () => new Map([['agent:dead', dead]]),
  };
  let text = '';
  for await (const piece of indexPieces(listTags(tags.map(tag), 0, deps))) text += piece;
  return JSON.parse(text);
};

describe('listTags()', () => {
  test('is an empty list without tags', async () => expect(await index([], [])).toEqual([]));
  test('merges tags and relations, whatever the batches', async () => {
    const relations = [
      relation(1, 'agent', 'a'),
      relation(1, 'agent', 'b'),
      relation(1, 'assembler', 'ca'),
      relation(1, 'job', 1),
      relation(3, 'job', 2),
    ];
    const expected = [
      { agents: ['a', 'b'], jobs: [1], id: 1, tag: 't1' },
      { agents: [], jobs: [], id: 2, tag: 't2' },
      { agents: [], jobs: [2], id: 3, tag: 't3' },
    ];
    expect(await index([1, 2, 3], [relations])).toEqual(expected);
    expect(
      await index(
        [1, 2, 3],
        relations.map((one) => [one]),
      ),
    ).toEqual(expected);
  });
  test('leaves out dead agents, past incarnations, and relations of tags that are not there', async () => {
    const relations = [
      relation(1, 'agent', 'dead'),
      relation(1, 'agent', 'old', 'i0'),
      relation(2, 'agent', 'a'),
      relation(3, 'agent', 'a'),
    ];
    expect(await index([1, 3], [relations])).toEqual([
      { agents: [], jobs: [], id: 1, tag: 't1' },
      { agents: ['a'], jobs: [], id: 3, tag: 't3' },
    ]);
  });
});
