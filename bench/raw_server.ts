import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handle } from '@muster/dev';
import { request } from 'undici';
import type { Bench } from './bench.ts';

/** The page that is asked for, and an assembler. */
export const pagePath = '/v1/assemblers.json';

/** Starts `raw_http` with the very page and record that Muster answers, or gives back the one that runs. */
export async function rawServer({ stage, data }: Bench): Promise<Handle> {
  const url = stage.process('assemblers').url ?? '';
  const file = join(stage.home, 'bodies.json');
  const record = `/v1/assemblers/${data.assemblers[0]?.slug}.json`;
  await writeFile(
    file,
    JSON.stringify({ page: await taken(url + pagePath), record: await taken(url + record) }),
  );
  return await stage.peer('raw_http', { BODIES_FILE: file });
}

/** The ETag of the page as it is now. @throws {Error} when there is none */
export async function pageTag({ stage }: Bench): Promise<string> {
  const { headers } = await taken((stage.process('assemblers').url ?? '') + pagePath);
  const tag = headers.etag;
  if (tag === undefined) throw new Error('the page has no ETag');
  return tag;
}

async function taken(url: string) {
  const { statusCode: status, headers: received, body } = await request(url);
  const headers: Record<string, string> = {};
  for (const name of ['content-type', 'etag']) {
    const value = received[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return { status, headers, body: await body.text() };
}
