import { type ChangeEvent, type LookedUp, unavailable } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { followReferences } from './follow_references.ts';
import { type KnownReference, referenceKey } from './reference.ts';

const event = (fields: Partial<ChangeEvent>): ChangeEvent => ({
  id: 'e',
  type: 'agent',
  verb: 'created',
  key: 'a1',
  v: 1,
  born: 1,
  at: '2026-01-01T00:00:00Z',
  traceparent: null,
  state: { hostname: 'h' },
  ...fields,
});

const AT = new Date(event({}).at);
type World = { now?: KnownReference; late?: boolean; owner?: LookedUp | 'unknown' | 'silent' };

/** What is folded, removed and renewed for one event, when the read model afterwards says `now`. */
const follow = async (
  change: ChangeEvent,
  { now, late = false, owner = 'silent' }: World,
  turned?: ChangeEvent,
) => {
  const folded: unknown[] = [];
  const buried: unknown[] = [];
  const renewed: unknown[] = [];
  const later: unknown[] = [];
  await followReferences([{ event: change, deleted: change.verb === 'deleted', turned }], {
    foldReferences: async (entries) => void folded.push(...entries),
    knownReferences: async () => new Map(now === undefined ? [] : [[`${change.type}:${change.key}`, now]]),
    buryRelationsOf: async (pasts) =>
      void buried.push(...pasts.map(({ reference: { ref }, born, until }) => [ref, born, until])),
    relationsLeft: async (pasts) =>
      new Set(late ? pasts.map(({ reference }) => referenceKey(reference)) : []),
    renewRelationsOf: async ({ reference: { ref }, born }, to) => void renewed.push([ref, born, to]),
    clearLater: (turn) => void later.push(turn.ref),
    askOwner: async () => {
      if (owner === 'silent') throw unavailable('owner_unavailable', { kind: 'agent' });
      return owner === 'unknown' ? undefined : owner;
    },
  });
  return { folded, buried, renewed, later };
};
const deleted = event({ verb: 'deleted', v: 2, state: null });
const dead: KnownReference = { live: false, v: 2, born: 1, label: null };
const reborn: KnownReference = { live: true, v: 3, born: 3, label: 'h' };

describe('followReferences()', () => {
  test('takes a new agent in and removes nothing', async () => {
    const { folded, buried } = await follow(event({}), {});
    expect(folded).toMatchObject([{ kind: 'agent', ref: 'a1', live: true, v: 1, born: 1, label: 'h' }]);
    expect(buried).toEqual([]);
  });
  test('removes the relations of a deleted job, known by its integer id, but none of a life after it', async () => {
    const { buried } = await follow({ ...deleted, type: 'job', key: '7' }, { now: dead });
    expect(buried).toEqual([[7, 3, AT]]);
  });
  test('does nothing for news that is older than what is known', async () => {
    expect((await follow(deleted, { now: reborn })).buried).toEqual([]);
  });
  test('removes those of earlier lives when only the rebirth is seen', async () => {
    expect((await follow(event({ v: 3, born: 3 }), { now: reborn })).buried).toEqual([['a1', 3, AT]]);
  });
  test('removes those of earlier lives when only an update after the rebirth is seen', async () => {
    const updated = event({ verb: 'updated', v: 4, born: 3 });
    const { buried } = await follow(updated, { now: { ...reborn, v: 4 } });
    expect(buried).toEqual([['a1', 3, AT]]);
  });
  test('removes those made until the rebirth, when that and an update come together', async () => {
    const turned = event({ v: 3, born: 3, at: '2025-12-31T00:00:00Z' });
    const updated = event({ verb: 'updated', v: 4, born: 3 });
    const { buried } = await follow(updated, { now: { ...reborn, v: 4 } }, turned);
    expect(buried).toEqual([['a1', 3, new Date(turned.at)]]);
  });
});

describe('followReferences(), of relations that were made after the deletion', () => {
  test('renews them when the owner has the record again', async () => {
    const owner = { id: 'a1', live: true, v: 3, born: 3, state: {} };
    const { buried, renewed } = await follow(deleted, { now: dead, late: true, owner });
    expect([buried, renewed]).toEqual([[['a1', 3, AT]], [['a1', 3, 3]]]);
  });
  test('renews them when the rebirth is seen, without asking', async () => {
    const { renewed } = await follow(event({ v: 3, born: 3 }), { now: reborn, late: true });
    expect(renewed).toEqual([['a1', 3, 3]]);
  });
  test('removes them when the owner does not have it', async () => {
    const { buried, renewed } = await follow(deleted, { now: dead, late: true, owner: 'unknown' });
    expect([buried, renewed]).toEqual([
      [
        ['a1', 3, AT],
        ['a1', 3, undefined],
      ],
      [],
    ]);
  });
  test('leaves them, unseen, while the owner is silent, to be cleared later', async () => {
    const { buried, renewed, later } = await follow(deleted, { now: dead, late: true });
    expect([buried, renewed, later]).toEqual([[['a1', 3, AT]], [], ['a1']]);
    expect((await follow(deleted, { now: dead })).later).toEqual([]);
  });
});
