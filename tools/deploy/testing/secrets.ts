import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import type { Owner } from '../rights.ts';

const run = promisify(execFile);
const deploy = join(import.meta.dirname, '..', '..', '..', 'deploy');

/** What `deploy/make_secrets.sh` makes, read as the containers get it. */
export type Secrets = {
  readonly mongo: NodeJS.ProcessEnv;
  readonly mongoInit: NodeJS.ProcessEnv;
  readonly nats: NodeJS.ProcessEnv;
  readonly owners: Readonly<Record<Owner, NodeJS.ProcessEnv>>;
  readonly token: string;
  readonly tokensFile: string;
};

/** Runs a copy of `deploy/make_secrets.sh` in `folder`; the servers' names in its addresses become loopback ports. */
export async function makeSecrets(
  folder: string,
  ports: { readonly mongo: number; readonly nats: number },
): Promise<Secrets> {
  await mkdir(folder, { recursive: true });
  const script = join(folder, 'make_secrets.sh');
  await copyFile(join(deploy, 'make_secrets.sh'), script);
  await run('sh', [script]);
  const text = (name: string) => readFile(join(folder, 'secrets', name), 'utf8');
  const read = async (name: string) =>
    parseEnv(
      (await text(`${name}.env`))
        .replaceAll('@mongo:27017', `@127.0.0.1:${ports.mongo}`)
        .replaceAll('@nats:4222', `@127.0.0.1:${ports.nats}`),
    );
  return {
    mongo: await read('mongo'),
    mongoInit: await read('mongo_init'),
    nats: await read('nats'),
    owners: {
      tags: await read('tags'),
      assemblers: await read('assemblers'),
      registry: await read('registry'),
    },
    token: (await text('token')).trim(),
    tokensFile: join(folder, 'secrets', 'tokens', 'tokens.json'),
  };
}
