import { prepareMongo } from './prepare_mongo.ts';
import { owners } from './rights.ts';

const { env } = process;
const needed = ['MONGO_MEMBER', 'ROOT_PASSWORD', ...owners.map((owner) => `${owner.toUpperCase()}_PASSWORD`)];
const missing = needed.filter((name) => !env[name]);
if (missing.length > 0) throw new Error(`Missing in the environment: ${missing.join(', ')}`);

prepareMongo({
  url: env.MONGO_URL || 'mongodb://127.0.0.1:27017',
  member: env.MONGO_MEMBER ?? '',
  rootPassword: env.ROOT_PASSWORD ?? '',
  passwords: {
    tags: env.TAGS_PASSWORD ?? '',
    assemblers: env.ASSEMBLERS_PASSWORD ?? '',
    registry: env.REGISTRY_PASSWORD ?? '',
  },
  say: (line) => console.log(line),
});
