import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { inLanes } from './in_lanes.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import { danglingTaggings } from './stored_versions.ts';

let farm: OwnFarm;
beforeAll(async () => {
  farm = await ownFarm();
});
afterAll(() => farm[Symbol.asyncDispose]());

type Kind = 'agents' | 'jobs' | 'assemblers';
type Ref = string | number;
const fields = { agents: 'agent_id', jobs: 'job_id', assemblers: 'assembler_slug' } as const;

const attach = (tag: string, kind: Kind, ref: Ref) =>
  farm.client.fetch('POST', `/api/v1/tags/${tag}/${kind}/`, { json: { [fields[kind]]: ref } });
const addressOf = (kind: Kind, ref: Ref) =>
  kind === 'assemblers' ? `/v1/assemblers/${ref}.json` : `/api/v1/${kind}/${ref}`;
const remove = (kind: Kind, ref: Ref) => farm.client.fetch('DELETE', addressOf(kind, ref));
const registerAgain = (id: string) =>
  farm.client.fetch('POST', '/api/v1/agents/', { json: { id, hostname: 'again' } });

/** Tries on while the owner is too slow to answer, which a busy machine may make it. */
async function attachAtLast(tag: string, kind: Kind, ref: Ref): Promise<number> {
  for (;;) {
    const { status } = await attach(tag, kind, ref);
    if (status !== 503) return status;
  }
}

async function read(path: string): Promise<unknown> {
  for (;;) {
    const { status, body } = await farm.client.fetch('GET', path);
    if (status === 200) return body;
    expect(status).toBe(503);
  }
}

async function shown(tag: string, kind: Kind): Promise<Ref[]> {
  const found = (await read(`/api/v1/tags/${tag}/${kind}/`)) as { id: Ref }[];
  return found.map(({ id }) => id);
}

const makers: Readonly<Record<Kind, () => Promise<Ref>>> = {
  agents: async () => (await farm.client.newAgent()).id,
  jobs: async () => (await farm.client.newJob()).id,
  assemblers: async () => (await farm.client.newAssembler()).slug,
};
const kinds = Object.keys(makers) as Kind[];

/** A new tag that is on `count` new records of each kind. */
async function tagOn(count: number): Promise<{ tag: string; refs: Record<Kind, Ref[]> }> {
  const { tag } = await farm.client.newTag();
  const refs: Record<Kind, Ref[]> = { agents: [], jobs: [], assemblers: [] };
  await inLanes(8, count * kinds.length, async (at) => {
    const kind = kinds[at % kinds.length] as Kind;
    const ref = await makers[kind]();
    refs[kind].push(ref);
    expect(await attachAtLast(tag, kind, ref)).toBe(201);
  });
  return { tag, refs };
}

test('an agent that was made this very moment is attached, 500 times of 500', async () => {
  const tags = await Promise.all(Array.from({ length: 10 }, () => farm.client.newTag()));
  const statuses: number[] = [];
  await inLanes(10, 500, async (at) => {
    const { tag = '' } = tags[at % 10] ?? {};
    const { id } = await farm.client.newAgent();
    const { status } = await attach(tag, 'agents', id);
    statuses.push(status, ...(status === 503 ? [await attachAtLast(tag, 'agents', id)] : []));
  });
  // 503 is an honest answer of a busy machine; 404 would be a lie.
  const counts = Object.groupBy(statuses, String);
  expect(counts['201']).toHaveLength(500);
  expect((counts['503'] ?? []).length).toBeLessThan(25);
  expect(statuses.filter((status) => status !== 201 && status !== 503)).toEqual([]);
  for (const { tag } of tags) expect(await shown(tag, 'agents')).toHaveLength(50);
});

test('while the registry is away known records are attached and unknown ones get 503 at once, never 404', async () => {
  const { refs } = await tagOn(1);
  const { tag } = await farm.client.newTag();
  const unknown = randomUUID();
  await farm.process('registry').stop();
  for (const kind of kinds) {
    const { status, body } = await attach(tag, kind, refs[kind][0] ?? '');
    expect({ kind, status, body }).toMatchObject({ status: 201 });
  }
  for (const [kind, ref] of [
    ['agents', unknown],
    ['jobs', 999_999_999],
  ] as const) {
    const began = performance.now();
    const { status, headers } = await attach(tag, kind, ref);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(performance.now() - began).toBeLessThanOrEqual(1_000);
  }
  await farm.process('registry').start();
  expect((await attach(tag, 'agents', unknown)).status).toBe(404);
  // The gateway asks four times a second whether the registry is back, and sends it nothing before.
  await eventually(async () => expect((await registerAgain(unknown)).status).toBe(201));
  expect((await attach(tag, 'agents', unknown)).status).toBe(201);
});

test('what its owner deletes leaves every tag within 2 s and is never shown after its first absence', async () => {
  const { tag, refs } = await tagOn(14);
  const seen = [seenIn('/api/v1/tags/', tag), seenIn(`/api/v1/tags/${tag}`, tag)];
  seen.push(...kinds.map((kind) => async () => ({ [kind]: await shown(tag, kind) })));
  const absentSince = new Map<Ref, number>();
  const deletedAt = new Map<Ref, number>();
  const shownAgain: string[] = [];
  const stopping = new AbortController();
  const untilStopped = async (work: () => Promise<unknown>) => {
    while (!stopping.signal.aborted) {
      await work();
      await sleep(5);
    }
  };
  const look = async () => {
    for (const [view, see] of seen.entries()) {
      const began = performance.now();
      for (const [kind, ids] of Object.entries(await see()) as [Kind, Ref[]][]) {
        for (const ref of refs[kind]) {
          const isShown = ids.includes(ref);
          const absent = absentSince.get(ref);
          if (isShown && absent !== undefined && began > absent) shownAgain.push(`${ref} in view ${view}`);
          if (!isShown && absent === undefined) absentSince.set(ref, performance.now());
        }
      }
    }
  };
  const attachAnother = async () => attach(tag, 'agents', (await farm.client.newAgent()).id);
  const going = [look, look, attachAnother].map(untilStopped);
  const doomed = kinds.flatMap((kind) => refs[kind].slice(0, 12).map((ref) => [kind, ref] as const));
  try {
    // All at once, so that some are known to be dead for a while before their relations are cleared away.
    const removals = doomed.map(async ([kind, ref]) => {
      expect((await remove(kind, ref)).status).toBeLessThan(300);
      deletedAt.set(ref, performance.now());
    });
    await Promise.all(removals);
    const left = () => doomed.filter(([, ref]) => !absentSince.has(ref));
    await eventually(async () => expect(left()).toEqual([]), 2_000);
    await sleep(300);
  } finally {
    stopping.abort();
    await Promise.all(going);
  }
  expect(shownAgain).toEqual([]);
  const waits = doomed.map(([, ref]) => (absentSince.get(ref) ?? 0) - (deletedAt.get(ref) ?? 0));
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
  for (const kind of kinds) {
    expect((await shown(tag, kind)).filter((ref) => refs[kind].includes(ref)).sort()).toEqual(
      refs[kind].slice(12).sort(),
    );
  }
});

/** Reads what a tag is on where it stands among others, or alone. */
function seenIn(path: string, tag: string): () => Promise<Partial<Record<Kind, Ref[]>>> {
  type Shown = { tag: string; agents: (Ref | { id: Ref })[]; jobs: (Ref | { id: Ref })[] };
  const idOf = (one: Ref | { id: Ref }) => (typeof one === 'object' ? one.id : one);
  return async () => {
    const body = (await read(path)) as Shown | Shown[];
    const found = [body].flat().find((one) => one.tag === tag);
    return { agents: found?.agents.map(idOf) ?? [], jobs: found?.jobs.map(idOf) ?? [] };
  };
}

test('what is deleted and made again under the same id is on none of its old tags', async () => {
  const { tag, refs } = await tagOn(2);
  const [agent, slug] = [String(refs.agents[0]), String(refs.assemblers[0])];
  await remove('agents', agent);
  await registerAgain(agent);
  await remove('assemblers', slug);
  await farm.client.fetch('POST', '/v1/assemblers.json', { json: { slug, name: slug } });
  const none = async () => {
    expect(await shown(tag, 'agents')).toEqual([refs.agents[1]]);
    expect(await shown(tag, 'assemblers')).toEqual([refs.assemblers[1]]);
    for (const path of [`/api/v1/agents/${agent}/tags/`, `/v1/assemblers/${slug}/tags.json`]) {
      expect(await read(path)).toEqual([]);
    }
  };
  await eventually(none, 2_000);
  for (let time = 0; time < 10; time += 1) await none();
  expect((await attach(tag, 'agents', agent)).status).toBe(201);
  expect((await attach(tag, 'assemblers', slug)).status).toBe(201);
  await sleep(300);
  expect(await shown(tag, 'agents')).toContain(agent);
  expect(await shown(tag, 'assemblers')).toContain(slug);
});

test('an agent that is made again and attached at once, 100 times, stays attached', async () => {
  const [{ tag }, { tag: old }] = [await farm.client.newTag(), await farm.client.newTag()];
  const again: string[] = [];
  await inLanes(4, 100, async () => {
    const { id } = await farm.client.newAgent();
    await attachAtLast(old, 'agents', id);
    await remove('agents', id);
    await registerAgain(id);
    if ((await attach(tag, 'agents', id)).status === 201) again.push(id);
  });
  await sleep(500);
  expect((await shown(tag, 'agents')).sort()).toEqual(again.sort());
  expect(again.length).toBeGreaterThan(50);
});

test('tags that are down while records are deleted and made again know it once they are back', async () => {
  const { tag, refs } = await tagOn(6);
  await farm.process('tags').stop('SIGKILL');
  for (const kind of kinds) for (const ref of refs[kind].slice(0, 4)) await remove(kind, ref);
  for (const ref of refs.agents.slice(2, 4)) await registerAgain(String(ref));
  await farm.process('tags').start();
  await eventually(async () => {
    for (const kind of kinds) expect((await shown(tag, kind)).sort()).toEqual(refs[kind].slice(4).sort());
    expect(await danglingTaggings(farm.mongodbUrl)).toEqual([]);
  }, 5_000);
});

test('an attach that races the deletion of its record, 200 times, leaves nothing dangling', async () => {
  const [{ tag }, { tag: other }] = [await farm.client.newTag(), await farm.client.newTag()];
  const agents: string[] = [];
  await inLanes(8, 200, async () => void agents.push((await farm.client.newAgent()).id));
  // Known to the tags service, so that it does not ask the owner.
  await farm.client.fetch('PUT', `/api/v1/tags/${other}`, { json: { agents } });
  const statuses: number[] = [];
  // Attached too early it is found by the deletion, too late it is refused: the moment between the two is felt for.
  let delay = 5;
  await inLanes(4, 200, async (at) => {
    const agent = agents[at] ?? '';
    const removal = remove('agents', agent);
    await sleep(delay);
    const { status } = await attach(tag, 'agents', agent);
    delay = Math.max(0, delay + (status === 201 ? 1 : -1));
    statuses.push(status);
    await removal;
  });
  expect(statuses.filter((status) => ![201, 404, 503].includes(status))).toEqual([]);
  expect(new Set(statuses)).toContain(201);
  expect(new Set(statuses)).toContain(404);
  await eventually(async () => {
    expect(await shown(tag, 'agents')).toEqual([]);
    expect(await danglingTaggings(farm.mongodbUrl)).toEqual([]);
  }, 5_000);
});
