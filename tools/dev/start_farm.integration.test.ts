import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, inject, test, vi } from 'vitest';
import { lives, temporaryFolder, writeDyingService, writeFakeService } from './fake_service.ts';
import { natsUrlOfWorker } from './nats_of_worker.ts';
import { freePort } from './ports.ts';
import { startFarm } from './start_farm.ts';

const binaries = inject('serverBinaries');
const servers = { mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() };

test('startFarm() runs two farms side by side, each with its own ports and token', async () => {
  await using one = await temporaryFolder();
  await using two = await temporaryFolder();
  const fake = await writeFakeService(one.path);
  const main = () => fake;
  const farms = await Promise.all(
    [one, two].map((folder) => startFarm({ home: folder.path, port: 0, binaries, main })),
  );
  const ports = farms.flatMap(({ processes, mongodbUrl, natsUrl }) => [
    ...Object.values(processes).flatMap(({ url }) => url ?? []),
    ...[mongodbUrl, natsUrl],
  ]);
  expect(new Set(ports).size).toBe(12);
  expect(farms[0]?.token).not.toBe(farms[1]?.token);
  const pids = farms.flatMap(({ processes }) => Object.values(processes).map(({ pid }) => pid));
  expect(pids.filter(lives)).toHaveLength(12);
  await Promise.all(farms.map((farm) => farm.stop()));
  expect(pids.filter(lives)).toEqual([]);
});

test('startFarm() on given servers starts services only, and shows each its settings', async () => {
  await using folder = await temporaryFolder();
  const fake = await writeFakeService(folder.path);
  const farm = await startFarm({
    ...{ home: folder.path, port: 0, servers, main: () => fake, services: ['tags'], instances: 2 },
    env: { LOG_LEVEL: 'debug' },
  });
  try {
    expect(Object.keys(farm.processes)).toEqual(['tags', 'tags-2', 'gateway']);
    const env = async (name: string) =>
      (await (await fetch(`${farm.processes[name]?.url}/`)).json()) as Record<string, string>;
    expect(await env('tags-2')).toMatchObject({
      ...{ MONGODB_URL: servers.mongodbUrl, NATS_URL: servers.natsUrl, TAGS_OPEN_WRITES: 'true' },
      ...{ LOG_LEVEL: 'debug', TOKENS_FILE: join(folder.path, 'tokens.json') },
    });
    const urls = ['tags', 'tags-2'].map((name) => farm.processes[name]?.url).join();
    expect(await env('gateway')).toMatchObject({ TAGS_URL: urls });
  } finally {
    await farm.stop();
  }
});

test('startFarm() refuses a busy port and a home in use, and leaves nothing running', async () => {
  await using folder = await temporaryFolder();
  await using other = await temporaryFolder();
  const fake = await writeFakeService(folder.path);
  const main = () => fake;
  const farm = await startFarm({ home: folder.path, port: 0, servers, main });
  const port = Number(new URL(farm.url).port);
  try {
    await expect(startFarm({ home: folder.path, port: 0, servers, main })).rejects.toThrow(
      /is in use by a running farm/,
    );
    await expect(startFarm({ home: other.path, port, servers, main })).rejects.toThrow(
      new RegExp(`Port ${port} on 127.0.0.1 is busy .*PORT=`),
    );
    expect((await fetch(farm.url)).status).toBe(200);
  } finally {
    await farm.stop();
  }
  await (await startFarm({ home: folder.path, port, servers, main })).stop();
});

test('startFarm() refuses given servers that do not answer', async () => {
  await using folder = await temporaryFolder();
  const closed = `127.0.0.1:${await freePort()}`;
  const start = startFarm({
    home: folder.path,
    port: 0,
    servers: { ...servers, natsUrl: `nats://${closed}` },
  });
  await expect(start).rejects.toThrow('NATS_URL is given, but no NATS with JetStream answers there');
});

test('startFarm() fails at once when one service dies early, and ends the others', async () => {
  await using folder = await temporaryFolder();
  const [fake, dying] = [await writeFakeService(folder.path), await writeDyingService(folder.path)];
  const began = Date.now();
  const port = await freePort();
  const start = startFarm({
    ...{ home: folder.path, port, servers },
    main: (name) => (name === 'registry' ? dying : fake),
  });
  await expect(start).rejects.toThrow(/registry ended before it was ready[\s\S]*the cellar is flooded/);
  expect(Date.now() - began).toBeLessThan(15_000);
  await expect(fetch(`http://127.0.0.1:${port}/readyz`)).rejects.toThrow();
});

test('kill -9 of the launcher leaves no process behind', async () => {
  await using folder = await temporaryFolder();
  const fake = await writeFakeService(folder.path);
  const launcher = join(folder.path, 'launcher.ts');
  await writeFile(
    launcher,
    `import { startFarm } from ${JSON.stringify(join(import.meta.dirname, 'start_farm.ts'))};
     const farm = await startFarm({
       home: ${JSON.stringify(join(folder.path, 'home'))}, port: 0,
       binaries: ${JSON.stringify(binaries)}, main: () => ${JSON.stringify(fake)},
     });
     console.log(JSON.stringify(Object.values(farm.processes).map(({ pid }) => pid)));
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, [launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  );
  const pids = JSON.parse(line) as number[];
  expect(pids.filter(lives)).toHaveLength(6);
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(pids.filter(lives)).toEqual([]), 3000);
});
