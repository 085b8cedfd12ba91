import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { withFileLock } from './file_lock.ts';
import { temporaryFolder } from './tokens_fixture.ts';

const main = join(import.meta.dirname, 'main.ts');
const run = promisify(execFile);
const token = (folder: string, ...args: string[]) =>
  run(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, INIT_CWD: folder } });

// Each starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

test('the command has the token alone on standard output, and ends with code 2 when something is wrong', async () => {
  const folder = temporaryFolder();
  const made = await token(folder, 'create', '--scope', 'tags:write', '--file', 'tokens.json');
  expect(made.stdout).toMatch(/^muster_[A-Za-z0-9_-]{43}\n$/);
  expect(made.stderr).toContain('tokens.json');
  const wrong = token(folder, 'create', '--scope', 'all', '--file', 'tokens.json');
  await expect(wrong).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Unknown scope "all"\. Give one or more of: .*\n$/),
  });
});

test('commands at the same time all count, and leave nothing but the file', async () => {
  const folder = temporaryFolder();
  const names = Array.from({ length: 4 }, (_, n) => `t${n}`);
  const create = (name: string) =>
    token(folder, 'create', '--scope', 'tags:write', '--name', name, '--file', 'a');
  await Promise.all(names.map(create));
  const { tokens } = JSON.parse(readFileSync(join(folder, 'a'), 'utf8'));
  expect(tokens.map(({ name }: { name: string }) => name).toSorted()).toEqual(names);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('withFileLock() lets one in at a time, takes over from a dead holder, and waits for a living one only so long', async () => {
  const path = join(temporaryFolder(), 'a');
  const holder = (pid: number, host: string) => JSON.stringify({ pid, host });
  // No process has this id: it is beyond the kernel's greatest.
  writeFileSync(`${path}.lock`, holder(2 ** 22 + 1, hostname()));
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withFileLock(path, work)));
  expect([most, inside]).toEqual([1, 0]);
  for (const [pid, host] of [
    [process.pid, hostname()],
    [2 ** 22 + 1, 'another.example.org'],
  ] as const) {
    writeFileSync(`${path}.lock`, holder(pid, host));
    await expect(withFileLock(path, work, { patienceMs: 100 })).rejects.toThrow(
      new RegExp(`being changed by another process .*${pid}.*remove \\S+\\.lock first`),
    );
  }
  await expect(withFileLock(`${path}2`, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await withFileLock(`${path}2`, work, { patienceMs: 100 });
});
