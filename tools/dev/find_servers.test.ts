import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './fake_service.ts';
import { findServers } from './find_servers.ts';

async function program(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

const refuse = () => Promise.reject(new Error('nothing should be installed'));

/** A folder as pip leaves it. */
async function fillBackends(backends: string): Promise<void> {
  await program(join(backends, 'fiftyone/db/bin/mongod'), 'echo db version v6.0.5');
  await program(join(backends, 'bin/nats-server'), 'echo nats-server: v2.15.1');
}

test('findServers() prefers the variable, then PATH, then the backends', async () => {
  await using folder = await temporaryFolder();
  const backends = join(folder.path, 'backends');
  const mine = await program(join(folder.path, 'mine'), 'echo db version v7.0.1');
  const bin = join(folder.path, 'path');
  const onPath = await program(join(bin, 'mongod'), 'echo db version v8.0.0');
  await program(join(bin, 'nats-server'), 'echo nats-server: v2.11.0');
  await fillBackends(backends);
  const find = async (env: NodeJS.ProcessEnv) =>
    (await findServers({ backends, env, install: refuse })).mongod;
  expect(await find({ MUSTER_MONGOD: mine, PATH: bin })).toBe(mine);
  expect(await find({ PATH: bin })).toBe(onPath);
  expect(await find({ PATH: '' })).toBe(join(backends, 'fiftyone/db/bin/mongod'));
});

test('findServers() passes over a too old or broken program on PATH, and says so', async () => {
  await using folder = await temporaryFolder();
  const backends = join(folder.path, 'backends');
  await program(join(folder.path, 'mongod'), 'echo db version v4.4.0');
  await program(join(folder.path, 'nats-server'), 'exit 1');
  await fillBackends(backends);
  const lines: string[] = [];
  const found = await findServers({ backends, env: { PATH: folder.path }, say: (line) => lines.push(line) });
  expect(found).toEqual({
    mongod: join(backends, 'fiftyone/db/bin/mongod'),
    natsServer: join(backends, 'bin/nats-server'),
  });
  expect(lines.join('\n')).toMatch(/version 4\.4; 6\.0 or newer is needed[\s\S]*Cannot run .*nats-server/);
});

test('findServers() explains what a given mongod lacks', async () => {
  await using folder = await temporaryFolder();
  const path = await program(
    join(folder.path, 'mongod'),
    'echo "error while loading shared libraries: libcurl.so.4: cannot open shared object file" >&2; exit 127',
  );
  const find = findServers({
    backends: folder.path,
    env: { MUSTER_MONGOD: path, PATH: '' },
    install: refuse,
  });
  await expect(find).rejects.toThrow(/libcurl\.so\.4[\s\S]*apt-get install libcurl4[\s\S]*MUSTER_MONGOD/);
});

test('findServers() installs once when both are missing', async () => {
  await using folder = await temporaryFolder();
  const backends = join(folder.path, 'backends');
  let installs = 0;
  const install = async () => {
    installs++;
    await fillBackends(backends);
  };
  const found = await findServers({ backends, env: { PATH: '' }, install });
  expect(installs).toBe(1);
  expect(found.natsServer).toBe(join(backends, 'bin/nats-server'));
});
