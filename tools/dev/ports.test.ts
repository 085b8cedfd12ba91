import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from './fake_service.ts';
import { demandFree, freePort, keptPorts, portFrom } from './ports.ts';

async function occupied(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

test('freePort() gives no port that another process was given, though nobody listens on it yet', async () => {
  const module = import.meta.resolve('./ports.ts');
  const other = spawn(
    process.execPath,
    [
      '--input-type=module',
      `--eval=const { freePort } = await import(${JSON.stringify(module)}); console.log(await freePort()); setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void other.kill());
  const [line] = (await once(other.stdout.setEncoding('utf8'), 'data')) as [string];
  const port = Number(line);
  await demandFree(port, 'PORT');
  const draws = [(port + 0.5 - 20_000) / 12_000];
  expect(await freePort(() => draws.shift() ?? Math.random())).not.toBe(port);
});

test('demandFree() refuses a busy port and names port, variable and another choice', async () => {
  const port = await freePort();
  await demandFree(port, 'PORT');
  await using _ = await occupied(port);
  await expect(demandFree(port, 'PORT')).rejects.toThrow(
    new RegExp(`Port ${port} on 127.0.0.1 is busy .*PORT=\\d+ npm start`),
  );
});

test('portFrom() takes whole numbers from 1 to 65535 only', () => {
  expect(portFrom('PORT', { PORT: '8081' })).toBe(8081);
  expect(portFrom('PORT', {})).toBeUndefined();
  for (const text of ['0', '65536', '80a', '-1', '1e3', ' 80']) {
    expect(() => portFrom('PORT', { PORT: text })).toThrow('is not a port');
  }
});

test('keptPorts() keeps a port from start to start, and leaves one that is busy', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'ports.json');
  const first = await keptPorts(file, ['mongodb', 'nats']);
  expect(await keptPorts(file, ['mongodb', 'nats'])).toEqual(first);
  await using _ = await occupied(first.nats);
  const second = await keptPorts(file, ['mongodb', 'nats']);
  expect(second.mongodb).toBe(first.mongodb);
  expect(second.nats).not.toBe(first.nats);
});

test('keptPorts() prefers a given port and gives none twice', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'ports.json');
  const { tags } = await keptPorts(file, ['tags']);
  const ports = await keptPorts(file, ['nats', 'tags'], { nats: tags });
  expect(ports.nats).toBe(tags);
  expect(ports.tags).not.toBe(tags);
});
