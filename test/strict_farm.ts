import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '@muster/contracts';
import { type Farm, startFarm } from '@muster/dev';
import { inject } from 'vitest';

/** What a token may do, and until when; for ever unless said otherwise. */
export interface Grant {
  readonly scopes: readonly Scope[];
  readonly expires?: Date;
}

/** A farm on the servers of the tests' own one, with services, settings and tokens of its own. */
export interface StrictFarm<Name extends string> {
  readonly farm: Farm;
  /** The text of each token, by the name of its grant. */
  readonly tokens: Readonly<Record<Name, string>>;
  /** Takes tokens away while the farm runs. */
  readonly revoke: (...names: Name[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts services that take no write without a token, with `env` besides; their data is that of the tests' own farm. */
export async function startStrictFarm<Name extends string>(
  grants: Readonly<Record<Name, Grant>>,
  env: Readonly<Record<string, string>> = {},
): Promise<StrictFarm<Name>> {
  const { mongodbUrl, natsUrl } = inject('farm');
  const home = await mkdtemp(join(tmpdir(), 'muster-strict-'));
  const file = join(home, 'strict_tokens.json');
  const names = Object.keys(grants) as Name[];
  const made = names.map((name) => [name, `muster_${randomBytes(32).toString('base64url')}`] as const);
  const write = (kept: readonly Name[]) =>
    writeFile(
      file,
      JSON.stringify({
        tokens: made
          .filter(([name]) => kept.includes(name))
          .map(([name, token]) => ({
            sha256: createHash('sha256').update(token).digest('hex'),
            name,
            scopes: grants[name].scopes,
            expires: grants[name].expires?.toISOString() ?? null,
          })),
      }),
    );
  await write(names);
  const farm = await startFarm({
    home,
    port: 0,
    servers: { mongodbUrl, natsUrl },
    env: { TAGS_OPEN_WRITES: 'false', TOKENS_FILE: file, FAILED_TOKENS_PER_MINUTE: '0', ...env },
  });
  return {
    farm,
    tokens: Object.fromEntries(made) as Record<Name, string>,
    revoke: (...revoked) => write(names.filter((name) => !revoked.includes(name))),
    stop: async () => {
      await farm.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
