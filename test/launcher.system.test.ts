import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@muster/dev';
import { expect, inject, test } from 'vitest';
import { eventually } from './eventually.ts';

const repository = join(import.meta.dirname, '..');
const { mongod, natsServer } = inject('farmBinaries');
const run = promisify(execFile);

test('npm start runs a farm beside another; its commands work when pasted, its data stays, and kill -9 leaves no process', async () => {
  await using folder = await temporaryFolder();
  const [home, port] = [join(folder.path, 'home'), await freePort()];
  const tagsAt = async (url: string) => (await (await fetch(`${url}/api/v1/tags/`)).json()) as object[];
  const beside = await tagsAt(inject('farm').url);
  const { launcher, url, commands } = await start(home, port);

  const [assembler, tag, attached] = await paste(commands, folder.path);
  expect(assembler).toMatchObject({ slug: expect.stringMatching(/^demo-/), source_path_count: 0 });
  expect(tag).toMatchObject({ tag: `hall ${assembler?.slug}`, agents: [], jobs: [] });
  expect(attached).toEqual({ id: assembler?.slug, href: `/v1/assemblers/${assembler?.slug}.json` });
  expect(await tagsAt(url)).toEqual([tag]);

  expect((await processesOf(home)).length).toBeGreaterThanOrEqual(7);
  launcher.kill('SIGKILL');
  await eventually(async () => expect(await processesOf(home)).toEqual([]), 3_000);
  expect(await tagsAt(inject('farm').url)).toEqual(beside);

  const again = await start(home, port);
  expect(await tagsAt(url)).toEqual([tag]);
  const [other] = await paste(again.commands, folder.path);
  expect(other?.slug).not.toBe(assembler?.slug);

  again.launcher.kill('SIGINT');
  expect(await again.ended).toBe(0);
  expect(await processesOf(home)).toEqual([]);
}, 120_000);

/** Runs what `npm start` runs, and resolves once it has said that it is ready and what to paste. */
async function start(home: string, port: number) {
  const { scripts } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  const { npm_lifecycle_event: _npm, INIT_CWD: _cwd, ...env } = process.env;
  const launcher: ChildProcess = spawn('sh', ['-c', `exec ${scripts.start}`], {
    cwd: repository,
    env: {
      ...env,
      PATH: `${join(repository, 'node_modules', '.bin')}${delimiter}${env.PATH}`,
      PORT: String(port),
      MUSTER_HOME: home,
      MUSTER_MONGOD: mongod,
      MUSTER_NATS_SERVER: natsServer,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  let said = '';
  for (const stream of [launcher.stdout, launcher.stderr]) stream?.on('data', (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve) => launcher.on('close', resolve));
  const commands = await Promise.race([
    eventually(async () => {
      expect(said).toContain(`\nMuster is ready at ${url}\n`);
      const found = said.match(/^ {2}curl .*$/gm) ?? [];
      expect(found).toHaveLength(3);
      return found;
    }, 60_000),
    ended.then((code) => {
      throw new Error(`npm start ended with ${code}:\n${said}`);
    }),
  ]);
  return { launcher, ended, url, commands };
}

/** Pastes commands into a shell in the repository's folder, one after another, and reads the JSON that they print. */
async function paste(commands: readonly string[], folder: string): Promise<Record<string, string>[]> {
  const PATH = `${process.env.PATH}${delimiter}${await curlStandIn(folder)}`;
  const answers: Record<string, string>[] = [];
  for (const command of commands) {
    const { stdout } = await run('sh', ['-c', command], { cwd: repository, env: { ...process.env, PATH } });
    answers.push(JSON.parse(stdout));
  }
  return answers;
}

/** A folder with as much of a `curl` as the printed commands need, for machines that have none: it stands last in PATH. */
async function curlStandIn(folder: string): Promise<string> {
  const program = `#!${process.execPath}
    const [options, data, headers] = [{}, [], {}];
    let url;
    for (let at = 2; at < process.argv.length; at++) {
      const word = process.argv[at];
      if (word === '-X') options.method = process.argv[++at];
      else if (word === '-d') data.push(process.argv[++at]);
      else if (word === '-H') { const [name, ...value] = process.argv[++at].split(': '); headers[name] = value.join(': '); }
      else url = word;
    }
    const body = data.length ? data.join('&') : undefined;
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    fetch(url, { ...options, headers: { ...form, ...headers }, body }).then((r) => r.text()).then((text) => process.stdout.write(text));`;
  await writeFile(join(folder, 'curl'), program, { mode: 0o755 });
  return folder;
}

/** The processes that work on a farm's home, told by their arguments and environment. */
async function processesOf(home: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const texts = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      return `${await read('cmdline')} ${await read('environ')}`;
    }),
  );
  return pids.filter((_, at) => texts[at]?.includes(home));
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'muster-launcher-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
