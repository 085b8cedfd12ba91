import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { freePort, type Handle, startService } from '@muster/dev';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type CheckedFetch, checkedFetch } from './checked_fetch.ts';
import { farmClient } from './client.ts';

const { home, token, mongodbUrl, natsUrl, services } = inject('farm');
const farm = await farmClient();
const started: Handle[] = [];

async function start(name: string, env: Record<string, string>): Promise<CheckedFetch> {
  const port = await freePort();
  const handle = await startService(name, {
    port,
    logs: join(home, 'logs'),
    label: `${name}-${port}`,
    env: { MONGODB_URL: mongodbUrl, NATS_URL: natsUrl, ...env },
  });
  started.push(handle);
  return checkedFetch(handle.url ?? '', farm.document, token);
}

afterAll(async () => {
  for (const handle of started) await handle.stop();
});

describe('polling beyond POLL_LIMIT', () => {
  const LIMIT = 4;
  let fetch: CheckedFetch;
  beforeAll(async () => {
    fetch = await start('assemblers', { POLL_LIMIT: String(LIMIT), TRUSTED_PROXIES: '127.0.0.1' });
  });
  const poll = async (client: string, path = '/v1/assemblers.json') =>
    fetch('GET', path, { headers: { 'x-forwarded-for': client } });

  test('is 429 with Retry-After, for each client by itself', async () => {
    const statuses = [];
    for (let n = 0; n < LIMIT; n += 1) statuses.push((await poll('10.0.0.1')).status);
    expect(statuses.every((status) => status < 300)).toBe(true);
    const { status, body, headers } = await poll('10.0.0.1');
    expect([status, body]).toMatchObject([429, { error_code: 10 }]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await poll('10.0.0.2')).status).toBeLessThan(300);
  });

  test('does not hinder writes and the operator', async () => {
    for (let n = 0; n <= LIMIT; n += 1) await poll('10.0.0.3');
    const headers = { 'x-forwarded-for': '10.0.0.3' };
    expect((await fetch('POST', '/v1/assemblers.json', { json: {}, headers, token: null })).status).toBe(401);
    expect((await fetch('GET', '/readyz', { headers })).status).toBe(200);
  });

  test('a client cannot pass for another by what it says before the proxy’s own word', async () => {
    for (let n = 0; n <= LIMIT; n += 1) await poll(`10.9.9.${n}, 10.0.0.4`);
    expect((await poll('10.9.9.9, 10.0.0.4')).status).toBe(429);
  });
});

test('a service that is away is 503 with Retry-After within a second; the others go on being served', async () => {
  const fetch = await start('gateway', {
    TAGS_URL: `http://127.0.0.1:${await freePort()}`,
    ASSEMBLERS_URL: services.assemblers ?? '',
    REGISTRY_URL: services.registry ?? '',
  });
  for (const [method, path] of [
    ['GET', '/api/v1/tags/'],
    ['POST', '/api/v1/tags/'],
    ['DELETE', '/api/v1/tags/x'],
    ['GET', '/api/v1/agents/x/tags/'],
    ['GET', '/v1/assemblers/x/tags.json'],
  ] as const) {
    const began = performance.now();
    const { status, headers } = await fetch(method, path, method === 'POST' ? { json: { tag: 'a' } } : {});
    expect([path, status, headers.get('retry-after')]).toEqual([
      path,
      503,
      expect.stringMatching(/^[1-9]\d*$/),
    ]);
    expect(performance.now() - began).toBeLessThan(1_000);
  }
  expect((await fetch('GET', '/v1/assemblers.json')).status).toBeLessThan(300);
  expect((await fetch('GET', '/api/v1/jobs/')).status).toBe(200);
  expect((await fetch('GET', '/readyz')).body).toMatchObject({
    status: 'ready',
    tags: 'away',
    registry: 'ok',
  });
});

/** Files under a folder that hold a text; those that end while it looks are passed over. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await holds(path, text))) found.push(relative(folder, path));
  }
  return found;
}

async function holds(path: string, text: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  const buffer = Buffer.alloc(4 * 1024 * 1024);
  try {
    // Each read begins a little before the end of the last one, so that a text on the border is found.
    for (let at = 0; ; at += buffer.length - text.length) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (buffer.subarray(0, bytesRead).includes(text)) return true;
      if (bytesRead < buffer.length) return false;
    }
  } finally {
    await file.close();
  }
}

test('the farm keeps the text of its token in one file alone, for its owner only; elsewhere its hash', async () => {
  // Used and refused, so that it would be in a log or a record, if ever.
  await farm.newAssembler();
  await farm.newTag();
  await farm.fetch('POST', '/v1/assemblers.json', { json: { slug: '-' } });
  await farm.fetch('POST', '/v1/assemblers.json', { json: {}, token: `${token}x` });
  expect(await filesWith(home, token)).toEqual(['token']);
  expect((await stat(join(home, 'token'))).mode & 0o777).toBe(0o600);
  const sha256 = createHash('sha256').update(token).digest('hex');
  expect(await readFile(join(home, 'tokens.json'), 'utf8')).toContain(sha256);
});
