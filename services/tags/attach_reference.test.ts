import { type LookedUp, unavailable } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { type AttachDeps, attachReference } from './attach_reference.ts';
import type { KnownReference } from './reference.ts';
import type { LiveTag } from './tag.ts';

const tag: LiveTag = { id: 1, tag: 'blue', incarnation: 'i1', v: 1 };
const input = {
  tag,
  reference: { kind: 'agent', ref: 'a1' },
  origin: { by: null, traceparent: 't' },
} as const;
const alive: KnownReference = { live: true, v: 1, born: 1, label: 'h' };

type Owner = () => Promise<LookedUp | undefined>;
const unknown: Owner = async () => undefined;
const silent: Owner = async () => {
  throw unavailable('owner_unavailable', { kind: 'agent' });
};

/** The read model answers `looks` in turn, and the tag is `current` by the time of the second look. */
const attach = async (
  looks: readonly (KnownReference | null)[],
  current: LiveTag | undefined,
  owner = unknown,
) => {
  const left = [...looks];
  const written: number[] = [];
  const undone: unknown[] = [];
  const later: unknown[] = [];
  const deps: AttachDeps = {
    knownReferences: async () => {
      const look = left.length === 0 ? alive : left.shift();
      return new Map(look ? [['agent:a1', look]] : []);
    },
    askOwner: owner,
    foldReferences: async () => {},
    findTag: async () => current,
    insertTagging: async (_tag, { born }) => Boolean(written.push(born)),
    undoTagging: async (_tag, relation) => void undone.push(relation),
    clearLater: (turn) => void later.push(turn),
  };
  return { isNew: await attachReference(input, deps), written, undone, later };
};
const dead = { ...alive, live: false, v: 2 };
const reborn = { ...alive, v: 3, born: 3 };

describe('attachReference()', () => {
  test('leaves its relation alone when nothing happened meanwhile', async () => {
    expect(await attach([alive, alive], tag)).toEqual({
      isNew: true,
      written: [1],
      undone: [],
      later: [],
    });
  });
  test('undoes its relation when the agent was deleted meanwhile', async () => {
    const { undone } = await attach([alive, dead, dead], tag);
    expect(undone).toEqual([{ kind: 'agent', ref: 'a1', born: 1 }]);
  });
  test('undoes its relation when the agent was found meanwhile never to have been', async () => {
    const { undone } = await attach([alive, null, null], tag);
    expect(undone).toEqual([{ kind: 'agent', ref: 'a1', born: 1 }]);
  });
  test('writes its relation for the next life when the agent was deleted and made again before', async () => {
    expect(await attach([alive, reborn, reborn, reborn], tag)).toMatchObject({ written: [1, 3], undone: [] });
    const owner: Owner = async () => ({ id: 'a1', live: true, v: 3, born: 3, state: {} });
    expect(await attach([alive, dead, dead, reborn], tag, owner)).toMatchObject({
      written: [1, 3],
      undone: [],
    });
  });
  test('comes to an end when the read model calls dead for good what its owner has', async () => {
    const owner: Owner = async () => ({ id: 'a1', live: true, v: 1, born: 1, state: {} });
    expect((await attach(Array(100).fill(dead), tag, owner)).written.length).toBeLessThan(20);
  });
  test('leaves its relation, unseen, to be cleared later when the agent was deleted and its owner is silent', async () => {
    expect(await attach([alive, dead, dead], tag, silent)).toMatchObject({
      isNew: true,
      undone: [],
      later: [{ kind: 'agent', ref: 'a1', live: false }],
    });
  });
  test('undoes its relation when the tag was replaced or deleted meanwhile', async () => {
    expect((await attach([alive, alive], { ...tag, incarnation: 'i2' })).undone).toHaveLength(1);
    expect((await attach([alive, alive], undefined)).undone).toHaveLength(1);
  });
});
