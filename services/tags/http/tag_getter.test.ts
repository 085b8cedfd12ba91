import type { Answer, Request } from '@muster/runtime';
import { expect, test } from 'vitest';
import type { ReadTag } from '../read_tag.ts';
import type { ShownRelation } from '../tag.ts';
import { tagGetter } from './tag_getter.ts';

const request = { params: { tag: 'cow' } } as unknown as Request;
const other = { params: { tag: 'calf' } } as unknown as Request;
const on = (label: string): ShownRelation => ({ kind: 'agent', ref: 'a', born: 1, label });

/** A reader of tags, whose relations and stamp can be changed, and that counts how often the relations are looked at. */
function tags() {
  const state = { stamp: 's1' as string | undefined, relations: [on('host-a')], looks: 0 };
  const readTag: ReadTag = async (address) => ({
    tag: 'name' in address && address.name === 'calf' ? { id: 2, tag: 'calf' } : { id: 1, tag: 'cow' },
    get relations() {
      state.looks += 1;
      return state.relations;
    },
    ...(state.stamp === undefined ? {} : { stamp: state.stamp }),
  });
  return { state, get: tagGetter(readTag) };
}

const names = ({ written }: Answer) => JSON.parse(written?.text ?? '').agents[0].hostname;

test('a tag is written once for a stamp of its view, and anew for another', async () => {
  const { state, get } = tags();
  const first = await get(request);
  expect(await get(request)).toEqual(first);
  expect([names(first), state.looks]).toEqual(['host-a', 1]);
  Object.assign(state, { stamp: 's2', relations: [on('renamed')] });
  const second = await get(request);
  expect([names(second), state.looks]).toEqual(['renamed', 2]);
  expect(second.written?.etag).not.toBe(first.written?.etag);
});

test('tags that were forgotten together, and so have one stamp, are written each for itself', async () => {
  const { get } = tags();
  const ids = [request, other, request, other].map(
    async (one) => JSON.parse((await get(one)).written?.text ?? '').id,
  );
  expect(await Promise.all(ids)).toEqual([1, 2, 1, 2]);
  expect(JSON.parse((await get(other)).written?.text ?? '').id).toBe(2);
});

test('a tag that was not read from a view is written each time', async () => {
  const { state, get } = tags();
  state.stamp = undefined;
  expect(names(await get(request))).toBe('host-a');
  state.relations = [on('renamed')];
  expect(names(await get(request))).toBe('renamed');
});
