import { type RecordType, recordSubject } from '@muster/contracts';
import { MongoClient } from 'mongodb';

const collections: readonly (readonly [database: string, collection: string, type: RecordType])[] = [
  ['registry', 'agents', 'agent'],
  ['registry', 'jobs', 'job'],
  ['registry', 'source_paths', 'source_path'],
  ['assemblers', 'assemblers', 'assembler'],
  ['tags', 'tags', 'tag'],
  ['tags', 'taggings', 'tagging'],
];

type Stored = { _id: string | number; v: number; live: boolean; state?: Record<string, unknown> };

/** The version of every record as MongoDB holds it, tombstones included, by the subject of its events. */
export async function storedVersions(mongodbUrl: string): Promise<Map<string, number>> {
  await using client = await new MongoClient(mongodbUrl).connect();
  const versions = new Map<string, number>();
  for (const [database, collection, type] of collections) {
    const docs = client
      .db(database)
      .collection<Stored>(collection)
      .find({}, { projection: { v: 1 } });
    for await (const { _id, v } of docs) versions.set(recordSubject(type, _id), v);
  }
  return versions;
}

/** The taggings that are stored as holding though their tag or record is gone or has begun another life; empty when quiet. */
export async function danglingTaggings(mongodbUrl: string): Promise<string[]> {
  await using client = await new MongoClient(mongodbUrl).connect();
  const living = async (database: string, collection: string) => {
    const docs = await client
      .db(database)
      .collection<Stored & { born: number }>(collection)
      .find({ live: true })
      .toArray();
    return new Map(docs.map(({ _id, born, state }) => [String(_id), { born, state }]));
  };
  const records = {
    agent: await living('registry', 'agents'),
    job: await living('registry', 'jobs'),
    assembler: await living('assemblers', 'assemblers'),
  };
  const tags = await living('tags', 'tags');
  const taggings = await client.db('tags').collection<Stored>('taggings').find({ live: true }).toArray();
  return taggings.flatMap(({ _id, state = {} }) => {
    const record = records[state.kind as keyof typeof records].get(String(state.ref));
    const tag = tags.get(String(state.tag_id));
    const holds = record?.born === state.born && tag?.state?.incarnation === state.incarnation;
    return holds ? [] : [String(_id)];
  });
}
