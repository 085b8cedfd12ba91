import type { Action } from './action.ts';

/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number;

/**
 * The few records that the workload goes on about, so that its requests meet: 16 tag names and 4 that are mostly read, 24 agents, 10 jobs, 12 slugs with 9
 * names and 9 hosts among them, 15 source paths. Some die and others take their places as the run goes on.
 */
export interface World {
  readonly random: Random;
  one<T>(of: readonly T[]): T;
  /** The name of a tag that is to be changed. */
  changedTag(): string;
  /** The name of a tag that is to be read: every second time one that hardly changes, so that it is found as it was. */
  readTag(): string;
  readonly agents: string[];
  readonly jobs: number[];
  readonly paths: string[];
  readonly slugs: readonly string[];
  /** A UUID that no one has had. */
  newId(): string;
  /** A text that no one has had. */
  newName(): string;
  /** A name or host that others want too. */
  wanted(): string;
}

const many = (count: number, name: string) => Array.from({ length: count }, (_, at) => `${name}-${at}`);

/** Makes the world of a seed. */
export function makeWorld(random: Random): World {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  let count = 0;
  const [busy, quiet] = [many(16, 'tag'), many(4, 'quiet')];
  const newId = () => {
    const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
    return [8, 12, 16, 20].reduceRight((id, at) => `${id.slice(0, at)}-${id.slice(at)}`, digits);
  };
  return {
    random,
    one,
    changedTag: () => one(random() < 0.03 ? quiet : busy),
    readTag: () => one(random() < 0.5 ? quiet : busy),
    agents: Array.from({ length: 24 }, newId),
    jobs: [],
    paths: [],
    slugs: many(12, 'slug'),
    newId,
    newName: () => `name-${count++}`,
    wanted: () => one(many(9, 'wanted')),
  };
}

/** Makes the first action of one turn, does it, and goes on from its answer. */
export type Play = (world: World, act: (action: Action) => Promise<Answered>) => Promise<void>;

/** What a turn needs to know of an answer. */
interface Answered {
  readonly isDone: boolean;
  readonly status: number;
  readonly body: unknown;
}

/** A new agent takes the place of another, and is attached at once. */
const attachYoung: Play = async (world, act) => {
  const id = world.newId();
  const { isDone } = await act({ do: 'make_agent', id, hostname: world.newName() });
  if (!isDone) return;
  await act({ do: 'attach', tag: world.changedTag(), kind: 'agent', ref: id });
  const at = Math.floor(world.random() * world.agents.length);
  const [gone] = world.agents.splice(at, 1, id);
  if (gone !== undefined && world.random() < 0.7) await act({ do: 'delete_agent', id: gone });
};

const attachKnown: Play = async (world, act) => {
  const tag = world.changedTag();
  const kind = world.one(['agent', 'agent', 'job', 'assembler'] as const);
  const refs = { agent: world.agents, job: world.jobs, assembler: world.slugs }[kind];
  if (refs.length > 0) await act({ do: 'attach', tag, kind, ref: world.one<string | number>(refs) });
  if (world.random() < 0.4) await act({ do: 'read_tag', tag });
};

/** Deleted and registered again under its id, with a tag put on it as soon as it is there. */
const reviveAgent: Play = async (world, act) => {
  const id = world.one(world.agents);
  await act({ do: 'delete_agent', id });
  const { isDone } = await act({ do: 'make_agent', id, hostname: world.newName() });
  if (isDone) await act({ do: 'attach', tag: world.changedTag(), kind: 'agent', ref: id });
};

const replaceTag: Play = async (world, act) => {
  const some = <T>(of: readonly T[]) => [...new Set([0, 0].map(() => world.one(of)))];
  const agents = some(world.agents);
  const jobs = world.jobs.length > 0 && world.random() < 0.5 ? some(world.jobs) : [];
  await act({ do: 'replace_tag', tag: world.changedTag(), agents, jobs });
};

const newJob: Play = async (world, act) => {
  const { isDone, body } = await act({ do: 'make_job', title: world.newName() });
  if (!isDone) return;
  const { id } = body as { id: number };
  await act({ do: 'attach', tag: world.changedTag(), kind: 'job', ref: id });
  world.jobs.push(id);
  if (world.jobs.length > 10) await act({ do: 'delete_job', id: world.jobs.shift() as number });
};

const sourcePath: Play = async (world, act) => {
  const slug = world.one(world.slugs);
  const { isDone, body } = await act({ do: 'add_path', name: world.newName(), assembler_slug: slug });
  if (isDone) world.paths.push((body as { id: string }).id);
  if (world.paths.length > 15) await act({ do: 'remove_path', id: world.paths.shift() as string });
};

const single =
  (make: (world: World) => Action): Play =>
  async (world, act) =>
    void (await act(make(world)));

/** Every turn that may be played, with how often. */
const plays: readonly (readonly [weight: number, Play])[] = [
  [14, attachYoung],
  [20, attachKnown],
  [4, reviveAgent],
  [8, replaceTag],
  [4, newJob],
  [4, sourcePath],
  [9, single((w) => ({ do: 'make_tag', tag: w.changedTag() }))],
  [2, single((w) => ({ do: 'delete_tag', tag: w.changedTag() }))],
  [14, single((w) => ({ do: 'read_tag', tag: w.readTag() }))],
  [5, single((w) => ({ do: 'detach', tag: w.changedTag(), kind: 'agent', ref: w.one(w.agents) }))],
  [5, single((w) => ({ do: 'make_agent', id: w.one(w.agents), hostname: w.newName() }))],
  [4, single((w) => ({ do: 'read_agent', id: w.one(w.agents) }))],
  [6, single((w) => ({ do: 'make_assembler', slug: w.one(w.slugs), name: w.wanted(), host: w.wanted() }))],
  [5, single((w) => ({ do: 'change_assembler', slug: w.one(w.slugs), name: w.wanted() }))],
  [3, single((w) => ({ do: 'destroy_assembler', slug: w.one(w.slugs) }))],
  [4, single((w) => ({ do: 'read_assembler', slug: w.one(w.slugs) }))],
];

const total = plays.reduce((sum, [weight]) => sum + weight, 0);

/** The next turn. */
export function nextPlay({ random }: World): Play {
  let left = random() * total;
  for (const [weight, play] of plays) {
    left -= weight;
    if (left < 0) return play;
  }
  return attachYoung;
}
