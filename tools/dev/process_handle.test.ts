import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { lives, temporaryFolder, writeDyingService, writeFakeService } from './fake_service.ts';
import { freePort } from './ports.ts';
import { startProcess } from './process_handle.ts';
import { startService } from './start_service.ts';

test('startService() gives address, host and settings to the process', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const main = await writeFakeService(folder.path);
  const handle = await startService('tags', { port, logs: folder.path, main, env: { COLOUR: 'blue' } });
  const seen = (await (await fetch(`${handle.url}/env`)).json()) as Record<string, string>;
  expect(seen).toMatchObject({ PORT: String(port), HOST: '127.0.0.1', COLOUR: 'blue' });
  expect(Object.keys(seen).filter((key) => /^(npm_|VITEST|MUSTER_DEV_TOKEN)/.test(key))).toEqual([]);
  expect(await handle.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(lives(handle.pid)).toBe(false);
});

test('Handle.start() runs a stopped process again on its port', async () => {
  await using folder = await temporaryFolder();
  const main = await writeFakeService(folder.path);
  const handle = await startService('tags', { port: await freePort(), logs: folder.path, main });
  const before = handle.pid;
  expect(await handle.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  await expect(fetch(`${handle.url}/readyz`)).rejects.toThrow();
  await handle.start();
  expect(handle.pid).not.toBe(before);
  expect((await fetch(`${handle.url}/readyz`)).status).toBe(200);
  await handle.stop();
});

test('startService() fails with the log and an advice when the process ends early', async () => {
  await using folder = await temporaryFolder();
  const main = await writeDyingService(folder.path);
  const start = startService('tags', { port: await freePort(), logs: folder.path, main });
  await expect(start).rejects.toThrow(
    /tags ended before it was ready \(code 3\)[\s\S]*the cellar is flooded[\s\S]*Next: /,
  );
});

test('startProcess() gives up and ends a process that is not ready in time', async () => {
  await using folder = await temporaryFolder();
  const log = join(folder.path, 'slow.log');
  const start = startProcess({
    name: 'slow',
    command: process.execPath,
    args: [await writeFakeService(folder.path)],
    log,
    env: { ...process.env, PORT: String(await freePort()), HOST: '127.0.0.1' },
    readyWithin: 3000,
    ready: () => Promise.reject(new Error('not yet')),
  });
  await expect(start).rejects.toThrow('slow was not ready within 3 s (not yet)');
  const [, pid] = /process (\d+)/.exec(await readFile(log, 'utf8')) ?? [];
  expect(pid && lives(Number(pid))).toBe(false);
});

test('startProcess() starts a process again that ended unasked, and not one that was stopped', async () => {
  await using folder = await temporaryFolder();
  const lines: string[] = [];
  const main = await writeFakeService(folder.path);
  const handle = await startService('tags', {
    ...{ port: await freePort(), logs: folder.path, main },
    ...{ restart: true, restartAfter: 100, say: (line: string) => void lines.push(line) },
  });
  const first = handle.pid;
  process.kill(first, 'SIGKILL');
  await vi.waitFor(() => expect(lines.at(-1)).toMatch(/^tags runs again/), 5000);
  expect(handle.pid).not.toBe(first);
  expect(lines[0]).toMatch(/^tags ended unasked \(signal SIGKILL\)/);
  await handle.stop();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(handle.running).toBe(false);
  expect(lines).toHaveLength(2);
});
