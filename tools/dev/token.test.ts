import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './fake_service.ts';
import { farmToken } from './token.ts';

test('farmToken() makes one token, keeps it, and shows services its hash only', async () => {
  await using folder = await temporaryFolder();
  const first = await farmToken(folder.path);
  expect(first.token).toMatch(/^muster_[A-Za-z0-9_-]{43}$/);
  expect((await stat(first.file)).mode & 0o777).toBe(0o600);
  expect((await readFile(first.file, 'utf8')).trim()).toBe(first.token);
  const { tokens } = JSON.parse(await readFile(first.hashes, 'utf8'));
  expect(tokens).toEqual([
    {
      sha256: createHash('sha256').update(first.token).digest('hex'),
      name: 'dev',
      scopes: ['agents:write', 'jobs:write', 'tags:write', 'assemblers:write', 'source_paths:write'],
      expires: null,
    },
  ]);
  expect((await farmToken(folder.path)).token).toBe(first.token);
  for (const name of await readdir(folder.path)) {
    if (name === 'token') continue;
    expect(await readFile(join(folder.path, name), 'utf8')).not.toContain(first.token);
  }
});

test('farmToken() takes a given token and refuses one of another form', async () => {
  await using folder = await temporaryFolder();
  const given = `muster_${'a'.repeat(43)}`;
  expect((await farmToken(folder.path, given)).token).toBe(given);
  expect((await farmToken(folder.path)).token).toBe(given);
  await expect(farmToken(folder.path, 'secret')).rejects.toThrow('MUSTER_DEV_TOKEN must be');
});
