import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createToken } from '@muster/tokens';
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
      id: 'dev',
      sha256: createHash('sha256').update(first.token).digest('hex'),
      name: 'dev',
      scopes: ['agents:write', 'jobs:write', 'tags:write', 'assemblers:write', 'source_paths:write'],
      created: expect.any(String),
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

test('farmToken() leaves the other tokens of the home alone, and has one entry of its own', async () => {
  await using folder = await temporaryFolder();
  const { hashes, token } = await farmToken(folder.path);
  const namesOf = async () =>
    JSON.parse(await readFile(hashes, 'utf8')).tokens.map(({ name }: { name: string }) => name);
  await createToken(hashes, { scopes: ['tags:write'], name: 'ci' });
  await farmToken(folder.path);
  expect(await namesOf()).toEqual(['dev', 'ci']);
  await farmToken(folder.path, `muster_${'b'.repeat(43)}`);
  expect(await namesOf()).toEqual(['dev', 'ci']);
  expect(await readFile(hashes, 'utf8')).not.toContain(createHash('sha256').update(token).digest('hex'));
});

test('farmToken() does not overwrite a file of hashes that it cannot read', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'tokens.json');
  await writeFile(file, '{"tokens": [');
  await expect(farmToken(folder.path)).rejects.toThrow(/is no file of tokens.*Repair it/);
  expect(await readFile(file, 'utf8')).toBe('{"tokens": [');
});
