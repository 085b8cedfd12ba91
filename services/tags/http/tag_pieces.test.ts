import { expect, test } from 'vitest';
import type { LiveTag, ShownRelation } from '../tag.ts';
import { relationBody, tagBody } from './present.ts';
import { relationPieces, tagPieces } from './tag_pieces.ts';

const tag: LiveTag = { id: 7, tag: 'hall "1"', incarnation: 'i', v: 1 };
const many = (kind: ShownRelation['kind'], count: number): ShownRelation[] =>
  Array.from({ length: count }, (_, at) => ({ kind, ref: at, born: 1, label: at === 1 ? null : `n${at}` }));

async function* stream(relations: readonly ShownRelation[], closed: () => void = () => {}) {
  try {
    yield* relations;
  } finally {
    closed();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test.each([
  ['of each kind', [...many('agent', 200), ...many('assembler', 3), ...many('job', 100)]],
  ['agents only', many('agent', 70)],
  ['jobs only', many('job', 1)],
  ['assemblers only', many('assembler', 2)],
  ['none', []],
])('the pieces of a tag are its JSON: %s', async (_, relations) => {
  const text = (await all(tagPieces(tag, stream(relations)))).join('');
  expect(text).toBe(JSON.stringify(tagBody({ tag, relations })));
  const list = (await all(relationPieces(stream(relations)))).join('');
  expect(list).toBe(JSON.stringify(relations.map(relationBody)));
});

test('a tag that nobody reads to its end is not read to its end', async () => {
  let closed = 0;
  const pieces = tagPieces(
    tag,
    stream(many('agent', 200), () => {
      closed += 1;
    }),
  );
  await pieces.next();
  await pieces.return(undefined);
  expect(closed).toBe(1);
});
