import { type LookedUp, unavailable } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import type { KnownReference, Reference } from './reference.ts';
import { type VerifyDeps, verifyReferences } from './verify_references.ts';

const agent: Reference = { kind: 'agent', ref: 'a1' };
const known = (entry: Partial<KnownReference>): KnownReference => ({
  live: true,
  v: 1,
  born: 1,
  label: 'h',
  ...entry,
});
const found = (entry: Partial<LookedUp>): LookedUp => ({
  id: 'a1',
  live: true,
  v: 1,
  born: 1,
  state: { hostname: 'h' },
  ...entry,
});

const deps = (model: Record<string, KnownReference>, owner: () => Promise<LookedUp | undefined>) => {
  const folded: unknown[] = [];
  const asked: string[] = [];
  const made: VerifyDeps = {
    knownReferences: async () => new Map(Object.entries(model)),
    askOwner: async (kind, id) => {
      asked.push(`${kind}:${id}`);
      return owner();
    },
    foldReferences: async (entries) => void folded.push(...entries),
  };
  return { made, folded, asked };
};
const nobody = async () => undefined;
const silent = async () => {
  throw unavailable('owner_unavailable', { kind: 'agent' });
};

describe('verifyReferences()', () => {
  test('takes what the read model says is alive without asking, even when the owner is away', async () => {
    const { made, asked } = deps({ 'agent:a1': known({ born: 3 }) }, silent);
    expect(await verifyReferences('blue', [agent], made)).toEqual(new Map([['agent:a1', 3]]));
    expect(asked).toEqual([]);
  });
  test('asks the owner of what the read model does not know, and takes it in', async () => {
    const { made, folded } = deps({}, async () => found({ v: 4, born: 2 }));
    expect(await verifyReferences('blue', [agent], made)).toEqual(new Map([['agent:a1', 2]]));
    expect(folded).toEqual([{ ...agent, live: true, v: 4, born: 2, label: 'h' }]);
  });
  test('asks again about what the read model says is dead: it may have been made again', async () => {
    const { made } = deps({ 'agent:a1': known({ live: false, v: 2 }) }, async () => found({ v: 3, born: 3 }));
    expect(await verifyReferences('blue', [agent], made)).toEqual(new Map([['agent:a1', 3]]));
  });
  test('refuses with 404 only what the owner does not know, or knows to be dead', async () => {
    await expect(verifyReferences('blue', [agent], deps({}, nobody).made)).rejects.toMatchObject({
      code: 'not_found',
      params: { tag: 'blue', kind: 'agent', ref: 'a1' },
    });
    const dead = deps({}, async () => found({ live: false, v: 2, state: null }));
    await expect(verifyReferences('blue', [agent], dead.made)).rejects.toMatchObject({ code: 'not_found' });
    expect(dead.folded).toHaveLength(1);
  });
  test('says 503, not 404, while the owner is silent', async () => {
    await expect(verifyReferences('blue', [agent], deps({}, silent).made)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
