import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, inject, test, vi } from 'vitest';
import { lives, temporaryFolder, writeFakeService } from './fake_service.ts';
import { freePort } from './ports.ts';

const { mongod, natsServer } = inject('serverBinaries');

/** Runs a `main.ts`, gathering all that it says. */
function runMain(main: string, args: string[], env: NodeJS.ProcessEnv) {
  const { npm_lifecycle_event: _npm, INIT_CWD: _cwd, ...rest } = process.env;
  const own = { ...rest, MUSTER_MONGOD: mongod, MUSTER_NATS_SERVER: natsServer, ...env };
  const child: ChildProcess = spawn(process.execPath, [main, ...args], { env: own });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said.text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, said, ended };
}

/** A repository with this launcher and stand-ins for all services. */
async function fakeRepository(folder: string): Promise<string> {
  const [tools, root] = [join(import.meta.dirname), join(import.meta.dirname, '..', '..')];
  await cp(tools, join(folder, 'tools', 'dev'), { recursive: true, verbatimSymlinks: true });
  for (const name of ['node_modules', 'packages', join('tools', 'tokens')]) {
    await symlink(join(root, name), join(folder, name));
  }
  const fake = await writeFakeService(folder);
  for (const name of ['tags', 'assemblers', 'registry', 'gateway']) {
    await mkdir(join(folder, 'services', name), { recursive: true });
    await cp(fake, join(folder, 'services', name, 'main.ts'));
  }
  return join(folder, 'tools', 'dev', 'main.ts');
}

test('npm start says one ready line, the place of the token and three commands, and ends all in order on Ctrl-C', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const home = join(folder.path, 'home');
  const main = await fakeRepository(folder.path);
  const { child, said, ended } = runMain(main, [], { PORT: String(port), MUSTER_HOME: home });
  await vi.waitFor(() => expect(said.text).toContain('To paste'), 60_000);
  await vi.waitFor(() => expect(said.text.match(/^ {2}curl .*$/gm)).toHaveLength(3), 1000);
  expect(said.text.match(/^Muster is ready at .*$/gm)).toEqual([
    `Muster is ready at http://127.0.0.1:${port}`,
  ]);
  expect(said.text).toContain(`is in ${home}/token`);
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  expect(said.text).not.toContain(token);

  const env = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Record<string, string>;
  expect(env).not.toHaveProperty('MUSTER_DEV_TOKEN');
  const { pid } = JSON.parse(await readFile(join(home, 'farm.json'), 'utf8'));
  expect(lives(pid)).toBe(true);

  child.kill('SIGINT');
  // npm hands on what the terminal has sent already; that must not cut the ending short.
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  const order = [...said.text.matchAll(/^(.*) has ended$/gm)].map(([, name]) => name);
  expect([order[0], ...order.slice(-2)]).toEqual(['gateway', 'nats-server', 'mongod']);
  expect(order.slice(1, -2).sort()).toEqual(['assemblers', 'registry', 'tags']);
});

test('npm start says what is wrong with its settings and ends with code 1', async () => {
  await using folder = await temporaryFolder();
  const main = join(import.meta.dirname, 'main.ts');
  const run = async (args: string[], env: NodeJS.ProcessEnv) => {
    const { said, ended } = runMain(main, args, { MUSTER_HOME: folder.path, ...env });
    return `${await ended} ${said.text}`;
  };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(await run([], { PORT: String(port) })).toMatch(
    new RegExp(`^1 [\\s\\S]*Port ${port} on 127.0.0.1 is busy .*PORT=\\d+ npm start`),
  );
  expect(await run([], { PORT: 'http' })).toMatch(/^1 [\s\S]*PORT=http is not a port/);
  expect(await run(['--ssl'], {})).toMatch(/^1 [\s\S]*--ssl[\s\S]*npm start -- \[--tls\]/);
  expect(await run(['tag'], {})).toMatch(/^1 [\s\S]*Unknown service tag\. Known are: tags, assemblers/);
  server.close();
});
