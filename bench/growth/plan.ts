/** What a database is to hold, by number: tags have the numbers from 0, agents likewise. */
export type Plan = {
  /** The number of agents of each tag. */
  readonly sizes: readonly number[];
  /** The number of agents that there are; each is known to the service. */
  readonly agents: number;
  /** The agents of a tag, each once. */
  readonly agentsOf: (tag: number) => Iterable<number>;
};

/** The number of agents of an ordinary tag, and of tags of an ordinary agent. */
export const USUAL = 10;

/** Axis A: so many taggings, ten for each tag and ten for each agent; a tag's agents stand far apart. */
export function planMany(taggings: number): Plan {
  const tags = Math.max(USUAL, Math.floor(taggings / USUAL));
  const apart = Math.floor(tags / USUAL);
  return {
    sizes: Array.from({ length: tags }, () => USUAL),
    agents: tags,
    *agentsOf(tag) {
      for (let slot = 0; slot < USUAL; slot += 1) yield (tag + slot * apart) % tags;
    },
  };
}

/** Axis B: so many taggings of ordinary tags and, behind these, one tag of each of `sizes`, whose agents are the first ones. */
export function planLarge(others: number, sizes: readonly number[]): Plan {
  const ordinary = planMany(others);
  const first = ordinary.sizes.length;
  return {
    sizes: [...ordinary.sizes, ...sizes],
    agents: Math.max(ordinary.agents, ...sizes),
    *agentsOf(tag) {
      if (tag < first) return yield* ordinary.agentsOf(tag);
      for (let agent = 0; agent < (sizes[tag - first] ?? 0); agent += 1) yield agent;
    },
  };
}

/** The sum of a plan's taggings. */
export const taggingsOf = ({ sizes }: Plan): number => sizes.reduce((sum, size) => sum + size, 0);
