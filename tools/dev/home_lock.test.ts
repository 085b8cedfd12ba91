import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './fake_service.ts';
import { lockHome } from './home_lock.ts';

test('lockHome() refuses a home that a living process has, until that lets it go', async () => {
  await using folder = await temporaryFolder();
  const release = await lockHome(folder.path, 8080);
  await expect(lockHome(folder.path, 8081)).rejects.toThrow(
    `${folder.path} is in use by a running farm (process ${process.pid}, port 8080)`,
  );
  await release();
  const again = await lockHome(folder.path, 8081);
  await again();
});

test.for([
  { pid: 4_194_304, began: '1', port: 8080 },
  // A process id that was given out again: alive, but not the one that took the home.
  { pid: process.pid, began: '1', port: 8080 },
])('lockHome() takes over what a dead launcher left: %o', async (holder) => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'farm.json'), JSON.stringify(holder));
  const release = await lockHome(folder.path, 8080);
  await release();
});

test('lockHome() lets one of two launchers have a stale home', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'farm.json'), 'torn');
  const both = await Promise.allSettled([lockHome(folder.path, 8080), lockHome(folder.path, 8081)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = both.find((result) => result.status === 'rejected');
  expect(refused?.reason.message).toContain('is in use by a running farm');
});
