import type { Answer, Request } from '@muster/runtime';
import { expect, test } from 'vitest';
import type { ReadTag } from '../read_tag.ts';
import type { ShownRelation } from '../tag.ts';
import { tagGetter } from './tag_getter.ts';

const request = { params: { tag: 'cow' } } as unknown as Request;
const on = (label: string): ShownRelation => ({ kind: 'agent', ref: 'a', born: 1, label });

/** A reader of tags that gives the view it holds, and counts how often the relations of any are looked at. */
function tags() {
  const viewOf = (label: string) => ({
    tag: { id: 1, tag: 'cow' },
    get relations() {
      state.looks += 1;
      return [on(label)];
    },
  });
  const state = { view: undefined as Awaited<ReturnType<ReadTag>> | undefined, looks: 0 };
  return { state, viewOf, get: tagGetter(async () => state.view ?? viewOf('host-a')) };
}

const names = ({ written }: Answer) => JSON.parse(written?.text ?? '').agents[0].hostname;

test('a tag is written once for a view, and anew for another', async () => {
  const { state, viewOf, get } = tags();
  state.view = viewOf('host-a');
  const first = await get(request);
  expect(await get(request)).toEqual(first);
  expect([names(first), state.looks]).toEqual(['host-a', 1]);
  state.view = viewOf('renamed');
  const second = await get(request);
  expect([names(second), state.looks]).toEqual(['renamed', 2]);
  expect(second.written?.etag).not.toBe(first.written?.etag);
});

test('a tag that was not read from a view is written each time', async () => {
  const { state, get } = tags();
  expect([names(await get(request)), names(await get(request))]).toEqual(['host-a', 'host-a']);
  expect(state.looks).toBe(2);
});
