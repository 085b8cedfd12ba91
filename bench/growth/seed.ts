import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { Collection, Db, Document } from 'mongodb';
import { referenceDocument, type SeededTag, tagDocument, taggingDocument } from './documents.ts';
import type { Plan } from './plan.ts';

/** What was seeded; `spare` are agents that are known to the service and on no tag. */
export type Seeded = {
  readonly tags: readonly SeededTag[];
  readonly agents: readonly string[];
  readonly spare: readonly string[];
};

/** Above all ids that the service has given out itself by then. */
const FIRST_ID = 1_001;
const BATCH = 5_000;
/** Two batches at a time keep mongod busy while the next one is made. */
const AT_ONCE = 2;

/** Writes a plan's tags, taggings and agents, and `spares` further agents, straight into the tags service's collections. */
export async function seed(db: Db, { plan, spares }: { plan: Plan; spares: number }): Promise<Seeded> {
  const agents = Array.from({ length: plan.agents }, () => randomUUID());
  const spare = Array.from({ length: spares }, () => randomUUID());
  const tags = plan.sizes.map((size, at) => ({
    id: FIRST_ID + at,
    tag: `growth ${at} of ${size}`,
    incarnation: randomUUIDv7(),
  }));
  function* taggings() {
    for (const [at, tag] of tags.entries())
      for (const agent of plan.agentsOf(at)) yield taggingDocument(tag, agents[agent]!);
  }
  await writeAll(db.collection('references'), [...agents, ...spare].values().map(referenceDocument));
  await writeAll(db.collection('tags'), tags.values().map(tagDocument));
  await writeAll(db.collection('taggings'), taggings());
  // What is still in memory only would otherwise be written out while the requests are timed.
  await db.admin().command({ fsync: 1 });
  return { tags, agents, spare };
}

async function writeAll(collection: Collection<Document>, documents: Iterator<object>): Promise<void> {
  const writer = async () => {
    for (let batch = take(documents); batch.length > 0; batch = take(documents)) {
      await collection.insertMany(batch, { ordered: false });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writer));
}

function take(documents: Iterator<object>): Document[] {
  const batch: Document[] = [];
  while (batch.length < BATCH) {
    const { done, value } = documents.next();
    if (done) break;
    batch.push(value);
  }
  return batch;
}
