/**
 * The peer: fastify 5 with the MongoDB driver, schemas on both ways, and no events.
 *
 * @module
 */
import Fastify from 'fastify';
import { MongoClient, MongoServerError } from 'mongodb';

interface Assembler {
  slug: string;
  name: string;
  host: string | null;
  source_path_count: number;
  export_path_base: string | null;
}

interface Tag {
  _id: number;
  tag: string;
  agents: { id: string; hostname: string }[];
  jobs: { id: number; title: string }[];
}

const { PORT, MONGODB_URL = '', DATABASE = 'peer_fastify' } = process.env;
const client = new MongoClient(MONGODB_URL, {
  writeConcern: { w: 'majority' },
  readConcern: { level: 'majority' },
});
const db = client.db(DATABASE);
const assemblers = db.collection<Assembler>('assemblers');
const tags = db.collection<Tag>('tags');
await assemblers.createIndex({ slug: 1 }, { unique: true });
await tags.createIndex({ tag: 1 }, { unique: true });

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const assembler = {
  type: 'object',
  properties: {
    slug: text,
    name: text,
    host: textOrNull,
    source_path_count: { type: 'integer' },
    export_path_base: textOrNull,
  },
} as const;
const newAssembler = {
  type: 'object',
  properties: {
    slug: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[a-z0-9][a-z0-9._-]*$' },
    name: { type: 'string', minLength: 1, maxLength: 255 },
    host: { type: 'string', maxLength: 255 },
    export_path_base: { type: 'string', maxLength: 1024 },
  },
  required: ['slug', 'name'],
  additionalProperties: false,
} as const;
const pageQuery = {
  type: 'object',
  properties: {
    per_page: { type: 'integer', minimum: 1, maximum: 50, default: 10 },
    page: { type: 'integer', minimum: 1, default: 1 },
  },
} as const;
const related = (label: string, id: string) => ({
  type: 'array',
  items: { type: 'object', properties: { [label]: text, href: text, id: { type: id } } },
});
const tagShown = {
  type: 'object',
  properties: {
    agents: related('hostname', 'string'),
    id: { type: 'integer' },
    jobs: related('title', 'integer'),
    tag: text,
  },
};

const app = Fastify();

app.get('/readyz', async () => ({ status: 'ready' }));

app.get<{ Params: { slug: string } }>(
  '/v1/assemblers/:slug.json',
  { schema: { response: { 200: assembler } } },
  async ({ params }, reply) => {
    const found = await assemblers.findOne({ slug: params.slug });
    return found ?? reply.code(404).send({ error: 'unknown' });
  },
);

app.get<{ Querystring: { per_page: number; page: number } }>(
  '/v1/assemblers.json',
  { schema: { querystring: pageQuery, response: { '2xx': { type: 'array', items: assembler } } } },
  async ({ query: { per_page, page } }, reply) => {
    const skip = (page - 1) * per_page;
    const [items, total] = await Promise.all([
      assemblers.find().sort({ slug: 1 }).skip(skip).limit(per_page).toArray(),
      assemblers.countDocuments(),
    ]);
    reply.code(skip + items.length < total ? 206 : 200);
    return items;
  },
);

app.post<{ Body: Pick<Assembler, 'slug' | 'name'> & Partial<Assembler> }>(
  '/v1/assemblers.json',
  { schema: { body: newAssembler, response: { 200: assembler } } },
  async ({ body }, reply) => {
    const made = { host: null, source_path_count: 0, export_path_base: null, ...body };
    try {
      await assemblers.insertOne(made);
      return made;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === 11000)
        return reply.code(422).send({ error: 'not unique' });
      throw error;
    }
  },
);

app.get<{ Params: { tag: string } }>(
  '/api/v1/tags/:tag',
  { schema: { response: { 200: tagShown } } },
  async ({ params }, reply) => {
    const found = await tags.findOne({ tag: params.tag });
    if (found === null) return reply.code(404).send({ error: 'unknown' });
    return {
      agents: found.agents.map(({ id, hostname }) => ({ hostname, href: `/api/v1/agents/${id}`, id })),
      id: found._id,
      jobs: found.jobs.map(({ id, title }) => ({ title, href: `/api/v1/jobs/${id}`, id })),
      tag: found.tag,
    };
  },
);

await app.listen({ port: Number(PORT), host: '127.0.0.1' });
