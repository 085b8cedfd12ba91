import { spawn, spawnSync } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import type { Outcome } from './tasks.ts';

/** Runs the root tasks with turbo, passing on line by line what they write, and tells how each ended. */
export async function runTurbo(
  repository: string,
  tasks: readonly string[],
): Promise<ReadonlyMap<string, Outcome>> {
  const runs = join(repository, '.turbo', 'runs');
  await rm(runs, { recursive: true, force: true });
  const turbo = [
    ...[join('node_modules', '.bin', 'turbo'), 'run', ...tasks, '--concurrency=2', '--continue=always'],
    // Servers and wheels are found through variables that turbo does not know; nothing here is cached anyway.
    ...['--env-mode=loose', '--ui=stream', '--log-order=stream', '--summarize'],
  ];
  const [file, ...args] = [...(await pnpmExec(repository)), ...turbo] as [string, ...string[]];
  const child = spawn(file, args, {
    cwd: repository,
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...process.env, DO_NOT_TRACK: '1', TURBO_TELEMETRY_DISABLED: '1' },
  });
  const written = new Map(tasks.map((task) => [task, [] as string[]]));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      console.log(line);
      const [, task = '', text = ''] = prefix.exec(stripVTControlCharacters(line)) ?? [];
      written.get(task)?.push(text);
    });
  }
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const exits = await readExits(runs);
  return new Map(tasks.map((task) => [task, { exit: exits.get(task), lines: written.get(task) ?? [] }]));
}

/** How turbo begins each line of a root task. */
const prefix = /^\/\/:([\w:]+): (.*)$/;

/** Turbo calls pnpm for every task, so one must be on PATH: the one that runs us, or the pinned one by npx. */
async function pnpmExec(repository: string): Promise<string[]> {
  if (spawnSync('pnpm', ['--version'], { cwd: repository }).status === 0) return [];
  const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  return ['npx', '--yes', manifest.packageManager, '--silent', 'exec'];
}

interface Summary {
  readonly tasks: readonly { readonly task: string; readonly execution?: { readonly exitCode?: number } }[];
}

async function readExits(runs: string): Promise<ReadonlyMap<string, number | undefined>> {
  const [file] = await readdir(runs).catch(() => []);
  if (!file) return new Map();
  const summary = JSON.parse(await readFile(join(runs, file), 'utf8')) as Summary;
  return new Map(summary.tasks.map(({ task, execution }) => [task, execution?.exitCode]));
}
