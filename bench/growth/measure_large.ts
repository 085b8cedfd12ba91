import { attachAndDetach } from './attach_and_detach.ts';
import { type IndexCost, measureIndex } from './measure_index.ts';
import type { Measuring } from './measure_many.ts';
import { demandQuietRelay } from './pass_relay.ts';
import { planLarge, taggingsOf } from './plan.ts';
import type { PreparedFarm } from './prepare_farm.ts';
import { seed } from './seed.ts';
import { type TagsClient, tagsClient } from './tags_client.ts';
import { type Cost, timeRequests } from './time_requests.ts';

/** What each operation cost on a tag of so many agents. */
export type TagCost = {
  readonly agents: number;
  readonly costs: Readonly<Record<'attach' | 'detach' | 'get', Cost>>;
};

/** Axis B: tags of different size in one database, and the index over all of them. */
export type LargeCost = { readonly tags: readonly TagCost[]; readonly index: IndexCost };

const TURNS = { warm: 100, counted: 200 };
const SPARES = TURNS.warm + TURNS.counted;

/**
 * Measures axis B. The tags stand in one database, and their attaches take turns in one process: the ratio between them is then not
 * one between two moments of the machine. Reads of a large tag are long and leave much garbage, so they come last.
 */
export async function measureLarge(
  { others, sizes }: { others: number; sizes: readonly number[] },
  { prepare, say }: Measuring,
): Promise<LargeCost> {
  const farm = await prepare();
  try {
    const plan = planLarge(others, sizes);
    const seeded = await seed(farm.db, { plan, spares: SPARES });
    const ids = seeded.tags.slice(-sizes.length).map(({ id }) => id);
    say(`tags of ${sizes.join(', ')} agents: seeded`);
    const tags = await measureTags(farm, { sizes, ids, spare: seeded.spare });
    say(`tags of ${sizes.join(', ')} agents: requests timed`);
    const startedAt = performance.now();
    const service = await farm.start();
    const stored = { tags: plan.sizes.length + 1, taggings: taggingsOf(plan) + 1 };
    const index = await measureIndex(service, { ...stored, startedAt, token: farm.token });
    await demandQuietRelay(service.log);
    return { tags, index };
  } finally {
    await farm.stop();
  }
}

async function measureTags(
  farm: PreparedFarm,
  { sizes, ids, spare }: { sizes: readonly number[]; ids: readonly number[]; spare: readonly string[] },
): Promise<TagCost[]> {
  const service = await farm.start();
  const client = tagsClient(service.url!, farm.token);
  try {
    const tags = Object.fromEntries(ids.map((id) => [`of ${id}`, () => id]));
    const writes = await attachAndDetach(client, { tags, spare, turns: TURNS });
    const costs: TagCost[] = [];
    for (const [at, id] of ids.entries()) {
      const agents = sizes[at]!;
      const get = await timeGet(client, { id, agents });
      costs.push({ agents, costs: { ...writes[`of ${id}`]!, get } });
    }
    await demandQuietRelay(service.log);
    return costs;
  } finally {
    await client.close();
  }
}

async function timeGet(client: TagsClient, { id, agents }: { id: number; agents: number }): Promise<Cost> {
  const counted = agents > 10_000 ? 10 : agents > 100 ? 50 : TURNS.counted;
  const get = async () => {
    const shown = (await client.get(id)).split('"href":').length - 1;
    if (shown !== agents) throw new Error(`tag ${id} shows ${shown} of ${agents} agents`);
  };
  return (await timeRequests({ get }, { warm: Math.ceil(counted / 5), counted })).get;
}
