import { attachAndDetach } from './attach_and_detach.ts';
import { type IndexCost, measureIndex } from './measure_index.ts';
import { demandQuietRelay } from './pass_relay.ts';
import { planMany, taggingsOf } from './plan.ts';
import { plansWithoutIndex } from './plans_without_index.ts';
import type { PreparedFarm } from './prepare_farm.ts';
import { type Seeded, seed } from './seed.ts';
import { tagsClient } from './tags_client.ts';
import { type Cost, timeRequests } from './time_requests.ts';

/** What each operation cost in a database of so many taggings, ten agents to a tag. */
export type ManyCost = {
  readonly taggings: number;
  readonly tags: number;
  readonly costs: Readonly<Record<'attach' | 'detach' | 'get' | 'tagsOf', Cost>>;
  readonly index: IndexCost;
  /** Queries that no index serves; undefined where it was not looked at. */
  readonly withoutIndex: readonly string[] | undefined;
};

/** What a measurement is told. */
export type Measuring = {
  /** Gives servers with an empty database; whoever asks for them ends them. */
  readonly prepare: () => Promise<PreparedFarm>;
  readonly say: (line: string) => void;
};

const TURNS = { warm: 100, counted: 200 };
const SPARES = TURNS.warm + TURNS.counted;

/** Measures axis A at one size; `explain` says whether the plans of all queries are looked at, too. */
export async function measureMany(
  { taggings, explain }: { taggings: number; explain: boolean },
  { prepare, say }: Measuring,
): Promise<ManyCost> {
  const farm = await prepare();
  try {
    const plan = planMany(taggings);
    const began = performance.now();
    const seeded = await seed(farm.db, { plan, spares: SPARES });
    say(`${taggings} taggings: seeded in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    const withoutIndex = explain ? await plansWithoutIndex(farm.db) : undefined;
    const costs = await measureRequests(farm, seeded);
    say(`${taggings} taggings: requests timed`);
    const startedAt = performance.now();
    const service = await farm.start();
    // The service's own first tag and tagging are there, too.
    const stored = { tags: plan.sizes.length + 1, taggings: taggingsOf(plan) + 1 };
    const index = await measureIndex(service, { ...stored, startedAt, token: farm.token });
    await demandQuietRelay(service.log);
    say(`${taggings} taggings: index read ${index.reads} times`);
    return { taggings: taggingsOf(plan), tags: plan.sizes.length, costs, index, withoutIndex };
  } finally {
    await farm.stop();
  }
}

async function measureRequests(farm: PreparedFarm, seeded: Seeded): Promise<ManyCost['costs']> {
  const service = await farm.start();
  const client = tagsClient(service.url!, farm.token);
  const { tags, agents, spare } = seeded;
  /** Spread over all of them, so that what is read is not what was read just now. */
  const spread = <T>(all: readonly T[], turn: number): T => all[Math.floor((turn * all.length) / SPARES)]!;
  try {
    // Reads come first: later some tags have an agent more.
    const reads = await timeRequests(
      {
        get: async (turn) => void (await client.get(spread(tags, turn).id)),
        tagsOf: async (turn) => void (await client.tagsOf(spread(agents, turn))),
      },
      TURNS,
    );
    const writes = await attachAndDetach(client, {
      tags: { tagged: (turn) => spread(tags, turn).id },
      spare,
      turns: TURNS,
    });
    await demandQuietRelay(service.log);
    return { ...reads, ...writes.tagged };
  } finally {
    await client.close();
  }
}
