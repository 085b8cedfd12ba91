import { MongoClient } from 'mongodb';

interface Versioned {
  readonly _id: string | number;
  readonly v: number;
  readonly live: boolean;
}

/** Which read model keeps which records: the owner's collection, the copy's, and the copy's id. */
const copies = [
  { of: ['registry', 'agents'], in: ['tags', 'references'], id: (id: unknown) => `agent:${id}` },
  { of: ['registry', 'jobs'], in: ['tags', 'references'], id: (id: unknown) => `job:${id}` },
  { of: ['assemblers', 'assemblers'], in: ['tags', 'references'], id: (id: unknown) => `assembler:${id}` },
  { of: ['registry', 'source_paths'], in: ['assemblers', 'source_paths'], id: (id: unknown) => id },
] as const;

/** Where the read models differ from what the owners hold; empty once they have converged. */
export async function findBehind(mongodbUrl: string): Promise<string[]> {
  await using client = await new MongoClient(mongodbUrl).connect();
  const all = async ([database, collection]: readonly [string, string]) =>
    await client.db(database).collection<Versioned>(collection).find().toArray();
  const behind: string[] = [];
  for (const copy of copies) {
    const [records, rows] = [await all(copy.of), await all(copy.in)];
    const known = new Map(rows.map((row) => [row._id, row]));
    for (const { _id, v, live } of records) {
      const row = known.get(copy.id(_id) as string | number);
      if (row?.v === v && row.live === live) continue;
      behind.push(`${copy.of.join('.')} ${_id}: version ${v} (${live}), its copy ${row?.v} (${row?.live})`);
    }
  }
  return behind;
}
