import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { farmClient, freshName } from './client.ts';

const run = promisify(execFile);
const { home } = inject('farm');
const main = join(import.meta.dirname, '..', 'tools', 'tokens', 'main.ts');
const command = async (...args: string[]) =>
  (await run(process.execPath, [main, ...args, '--file', join(home, 'tokens.json')])).stdout.trim();
const { fetch } = await farmClient();

async function write(token: string, path: string, json: object): Promise<number> {
  return (await fetch('POST', path, { json, token })).status;
}

/** How long it takes until an answer has a status, in ms. */
async function until(status: number, ask: () => Promise<number>): Promise<number> {
  const began = performance.now();
  while ((await ask()) !== status) {
    if (performance.now() - began > 5_000) throw new Error(`not ${status} within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - began;
}

test('a running farm takes a new token within a second, for its scope only, and refuses it within a second of its revocation', async () => {
  const name = freshName('ci');
  const token = await command('create', '--scope', 'assemblers:write', '--name', name);
  const make = () => {
    const slug = freshName('asm');
    return write(token, '/v1/assemblers.json', { slug, name: slug });
  };
  // Half a second between two looks at the file; the rest is for a machine that is busy with other tests.
  expect(await until(200, make)).toBeLessThan(2_000);
  expect(await until(403, () => write(token, '/api/v1/jobs/', { title: 'a' }))).toBeLessThan(2_000);
  expect(await command('list')).toMatch(new RegExp(`${name} +assemblers:write .* valid$`, 'm'));
  await command('revoke', name);
  expect(await until(401, make)).toBeLessThan(2_000);
  const own = { slug: freshName('asm'), name: freshName() };
  expect(await write(inject('farm').token, '/v1/assemblers.json', own)).toBe(200);
});
