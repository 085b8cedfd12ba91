import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { lives, temporaryFolder } from './fake_service.ts';

// As npm does: a Node process that runs `sh -c "node …"`; the second form keeps the shell in between.
test.for(['node', 'node-and-shell'])('watchParent() notices that npm was killed (%s)', async (form) => {
  await using folder = await temporaryFolder();
  const seen = join(folder.path, 'seen');
  const child = join(folder.path, 'child.ts');
  const watch = join(import.meta.dirname, 'watch_parent.ts');
  await writeFile(
    child,
    `import { writeFileSync } from 'node:fs';
     import { watchParent } from ${JSON.stringify(watch)};
     setInterval(() => {}, 1000);
     watchParent(() => { writeFileSync(${JSON.stringify(seen)}, 'gone'); process.exit(); }, 50);
     writeFileSync(${JSON.stringify(seen)}, String(process.pid));`,
  );
  const command = `${process.execPath} ${child}${form === 'node' ? '' : '; true'}`;
  const npm = spawn(process.execPath, [
    '-e',
    `require('node:child_process').spawn('sh', ['-c', ${JSON.stringify(command)}]); setInterval(() => {}, 1000)`,
  ]);
  const text = () => readFile(seen, 'utf8').catch(() => '');
  const pid = await vi.waitFor(async () => {
    const id = Number(await text());
    expect(id).toBeGreaterThan(0);
    return id;
  }, 10_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await text()).toBe(String(pid));
  npm.kill('SIGKILL');
  await vi.waitFor(async () => expect(await text()).toBe('gone'), 5000);
  await vi.waitFor(() => expect(lives(pid)).toBe(false), 2000);
});
