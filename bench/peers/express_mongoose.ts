/**
 * The peer: express 5 with mongoose 9, and no events.
 *
 * @module
 */
import express from 'express';
import mongoose from 'mongoose';

const { PORT, MONGODB_URL = '', DATABASE = 'peer_express' } = process.env;
await mongoose.connect(MONGODB_URL, {
  dbName: DATABASE,
  writeConcern: { w: 'majority' },
  readConcern: { level: 'majority' },
});

const text = { type: String, default: null };
const Assembler = mongoose.model(
  'Assembler',
  new mongoose.Schema(
    {
      slug: { type: String, required: true, unique: true, match: /^[a-z0-9][a-z0-9._-]*$/, maxlength: 64 },
      name: { type: String, required: true, maxlength: 255 },
      host: text,
      source_path_count: { type: Number, default: 0 },
      export_path_base: text,
    },
    { versionKey: false },
  ),
  'assemblers',
);
await Assembler.init();

interface Shown {
  slug?: string | null;
  name?: string | null;
  host?: string | null;
  source_path_count?: number | null;
  export_path_base?: string | null;
}
const shown = ({ slug, name, host, source_path_count, export_path_base }: Shown) => ({
  slug,
  name,
  host,
  source_path_count,
  export_path_base,
});

const app = express();
app.use(express.json());

app.get('/readyz', (_request, response) => void response.json({ status: 'ready' }));

app.get('/v1/assemblers/:slug.json', async (request, response) => {
  const found = await Assembler.findOne({ slug: request.params.slug }).lean();
  if (found === null) response.status(404).json({ error: 'unknown' });
  else response.json(shown(found));
});

app.post('/v1/assemblers.json', async (request, response) => {
  try {
    response.json(shown(await Assembler.create(request.body)));
  } catch (error) {
    const isRefused =
      error instanceof mongoose.Error.ValidationError || Reflect.get(Object(error), 'code') === 11000;
    if (!isRefused) throw error;
    response.status(422).json({ error: 'refused' });
  }
});

app.listen(Number(PORT), '127.0.0.1');
