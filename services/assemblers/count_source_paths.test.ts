import type { ChangeEvent } from '@muster/contracts';
import type { FoldedChange } from '@muster/runtime';
import { expect, test } from 'vitest';
import type { HeldAssembler } from './assembler.ts';
import {
  type CountSourcePathsDeps,
  countPathsOf,
  countSourcePaths,
  type SeenPath,
} from './count_source_paths.ts';

type Path = { v: number; slug: string; live: boolean; slugs: Set<string> };

/** A farm in memory whose functions hold what the real ones promise. */
function farm(slugs: readonly string[]) {
  const assemblers = new Map<string, HeldAssembler>();
  const paths = new Map<string, Path>();
  const written: { slug: string; count: number; traceparent: string | null }[] = [];
  const add = (slug: string) => {
    const state = { slug, name: slug, host: null, source_path_count: 0, export_path_base: null };
    assemblers.set(slug, { _id: slug, live: true, v: 1, born: 1, state });
  };
  slugs.forEach(add);

  const fold = async (seen: readonly SeenPath[]) => {
    for (const { id, v, slug } of seen) {
      const path = paths.get(id) ?? { v: 0, slug: '', live: false, slugs: new Set<string>() };
      paths.set(id, path);
      if (slug !== null) path.slugs.add(slug);
      if (v > path.v) Object.assign(path, { v, live: slug !== null, slug: slug ?? path.slug });
    }
    return new Map(seen.map(({ id }) => [id, [...(paths.get(id)?.slugs ?? [])]]));
  };
  const countBySlug = async (wanted: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const { slug, live } of paths.values()) {
      if (live && wanted.includes(slug)) counts.set(slug, (counts.get(slug) ?? 0) + 1);
    }
    return counts;
  };
  const findMany = async (wanted: readonly string[]) =>
    wanted.flatMap((slug) => structuredClone(assemblers.get(slug)) ?? []);
  const change: CountSourcePathsDeps['change'] = async ({ id, patch, revisions, change }) => {
    const doc = assemblers.get(id);
    if (doc === undefined) return { outcome: 'missing' };
    if (!revisions.includes(doc.v)) return { outcome: 'refused', doc };
    Object.assign(doc.state, patch);
    doc.v += 1;
    written.push({ slug: id, count: doc.state.source_path_count, traceparent: change.traceparent });
    return { outcome: 'changed', doc };
  };
  const countOf = async (slug: string) => (await countBySlug([slug])).get(slug) ?? 0;
  const deps = { fold, countBySlug, countOf, findMany, change, now: () => new Date(0) };
  return {
    deps,
    written,
    add,
    assemblers,
    count: (slug: string) => assemblers.get(slug)?.state.source_path_count,
  };
}

const event = (key: string, rest: Partial<ChangeEvent>): FoldedChange => ({
  event: {
    id: `${key}:${rest.v}`,
    type: 'source_path',
    verb: 'updated',
    key,
    v: 1,
    born: 1,
    at: '2026-01-01T00:00:00Z',
    traceparent: null,
    state: null,
    ...rest,
  },
  deleted: rest.verb === 'deleted',
});
const made = (slug: string, source_path_count: number) => ({
  slug,
  source_path_count,
  traceparent: '00-5-6-00',
});
const path = (key: string, v: number, slug: string | null, traceparent: string | null = null) =>
  event(key, {
    v,
    traceparent,
    ...(slug === null ? { verb: 'deleted' } : { state: { id: key, assembler_slug: slug } }),
  });

test('countSourcePaths() counts each path once, however often its event comes', async () => {
  const { deps, count, written } = farm(['ca']);
  for (let time = 0; time < 3; time += 1) {
    await countSourcePaths([path('p1', 1, 'ca', '00-1-2-00'), path('p2', 1, 'ca')], deps);
  }
  expect(count('ca')).toBe(2);
  expect(written).toHaveLength(1);
});

test('countSourcePaths() carries the trace of the event that it follows', async () => {
  const { deps, written } = farm(['ca']);
  await countSourcePaths([path('p1', 1, 'ca', '00-1-2-00')], deps);
  expect(written).toEqual([{ slug: 'ca', count: 1, traceparent: '00-1-2-00' }]);
});

test('countSourcePaths() takes a deleted path off, and an older event does not bring it back', async () => {
  const { deps, count } = farm(['ca']);
  await countSourcePaths([path('p1', 1, 'ca')], deps);
  await countSourcePaths([path('p1', 2, null)], deps);
  expect(count('ca')).toBe(0);
  await countSourcePaths([path('p1', 1, 'ca')], deps);
  expect(count('ca')).toBe(0);
});

test('countSourcePaths() counts both ends of a move, also when the move was folded but not counted before a crash', async () => {
  const { deps, count } = farm(['ca', 'sa']);
  await countSourcePaths([path('p1', 1, 'ca')], deps);
  const crash = { ...deps, findMany: () => Promise.reject(new Error('killed')) };
  await expect(countSourcePaths([path('p1', 2, 'sa')], crash)).rejects.toThrow('killed');
  await countSourcePaths([path('p1', 2, 'sa')], deps);
  expect([count('ca'), count('sa')]).toEqual([0, 1]);
});

test('countPathsOf() counts an assembler that is made after its source paths', async () => {
  const { deps, count, add, written } = farm([]);
  await countSourcePaths([path('p1', 1, 'ca')], deps);
  add('ca');
  await countPathsOf(made('ca', 0), deps);
  expect(count('ca')).toBe(1);
  expect(written).toEqual([{ slug: 'ca', count: 1, traceparent: '00-5-6-00' }]);
});

test('countPathsOf() does not read an assembler that tells the right count', async () => {
  const { deps } = farm(['ca', 'sa']);
  await countSourcePaths([path('p1', 1, 'ca')], deps);
  const findMany = () => Promise.reject(new Error('it was read'));
  await countPathsOf(made('ca', 1), { ...deps, findMany });
  await countPathsOf(made('sa', 0), { ...deps, findMany });
  await expect(countPathsOf(made('sa', 1), { ...deps, findMany })).rejects.toThrow('it was read');
});

/** Another instance takes in the path p2 of `ca` and counts, between this one's first count and what it writes. */
function racingWith(deps: CountSourcePathsDeps) {
  let raced = false;
  const racing: CountSourcePathsDeps = {
    ...deps,
    async countBySlug(slugs) {
      const counts = await deps.countBySlug(slugs);
      if (!raced) {
        raced = true;
        await countSourcePaths([path('p2', 1, 'ca')], deps);
      }
      return counts;
    },
  };
  return { racing, hasRaced: () => raced };
}

test('countSourcePaths() counts again when another instance wrote its count before this one', async () => {
  const { deps, count, assemblers } = farm(['ca']);
  const { racing, hasRaced } = racingWith(deps);
  await countSourcePaths([path('p1', 1, 'ca')], racing);
  expect(hasRaced()).toBe(true);
  expect(count('ca')).toBe(2);
  expect(assemblers.get('ca')?.v).toBe(2);
});

test('countSourcePaths() counts again when another instance found its own count there before this one wrote', async () => {
  const { deps, count } = farm(['ca']);
  await countSourcePaths([path('p1', 1, 'ca')], deps);
  const { racing, hasRaced } = racingWith(deps);
  await countSourcePaths([path('p1', 2, null)], racing);
  expect(hasRaced()).toBe(true);
  expect(count('ca')).toBe(1);
});

test('countSourcePaths() passes over slugs that no living assembler has', async () => {
  const { deps, written } = farm([]);
  await countSourcePaths([path('p1', 1, 'ghost')], deps);
  expect(written).toEqual([]);
});
