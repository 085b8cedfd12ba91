import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

// To start a process takes seconds where others work too.
vi.setConfig({ testTimeout: 20_000 });

/** A process that runs until it is stopped, with what it logs. */
async function startProcess(letGoMs = 2_000) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./run_fixture.ts', import.meta.url))], {
    env: { ...process.env, LET_GO_MS: String(letGoMs) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => ({ code, at: performance.now() }));
  const lines: { msg: string; level: number; port?: number }[] = [];
  const port = await new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line));
      if (lines.at(-1)?.msg === 'listening') resolve(lines.at(-1)?.port ?? 0);
    });
  });
  return { child, ended, port, said: () => lines.map(({ msg }) => msg), lines };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const request = (body: string, path = '/') =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return String(await once(socket, 'data'));
}

test('a request that comes on a kept connection long after SIGTERM is answered, and told that this is the end', async () => {
  const { child, ended, port } = await startProcess();
  const socket = await open(port);
  expect(await ask(socket, request('one'))).not.toMatch(/farm-draining/i);
  child.kill('SIGTERM');
  await sleep(700);
  const answer = await ask(socket, request('two'));
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*Farm-Draining: 1/is);
  expect((await ended).code).toBe(0);
});

test('a process ends as soon as nobody holds a connection', async () => {
  const { child, ended, port } = await startProcess(60_000);
  const socket = await open(port);
  await ask(socket, request('one'));
  child.kill('SIGTERM');
  await sleep(300);
  const letGo = performance.now();
  socket.destroy();
  const { code, at } = await ended;
  expect(code).toBe(0);
  expect(at - letGo).toBeLessThan(2_000);
});

test('a process ends in order once its patience with an idle connection is over', async () => {
  const { child, ended, port, said } = await startProcess(800);
  await ask(await open(port), request('one'));
  const asked = performance.now();
  child.kill('SIGTERM');
  const { code, at } = await ended;
  expect(code).toBe(0);
  expect(at - asked).toBeGreaterThan(850);
  expect(at - asked).toBeLessThan(5_000);
  expect(said().toSorted()).toEqual(['closed', 'ended', 'ending', 'listening']);
});

test('a request of which half has come is read to its end and answered', async () => {
  const { child, ended, port } = await startProcess(200);
  const socket = await open(port);
  const whole = request('whole');
  socket.write(whole.slice(0, -3));
  await sleep(50);
  child.kill('SIGTERM');
  await sleep(700);
  expect(await ask(socket, whole.slice(-3))).toMatch(/whole/);
  expect((await ended).code).toBe(0);
});

test('a small buffer of a process that listens holds no more memory than its own', async () => {
  const { port } = await startProcess();
  expect(await ask(await open(port), request('', '/buffer'))).toMatch(/\r\n\r\n3$/);
});

test('an unhandled rejection is logged, what is under way is answered, and the process ends with 1', async () => {
  const { ended, port, said, lines } = await startProcess();
  const slow = await open(port);
  const whole = request('whole');
  slow.write(whole.slice(0, -3));
  const breaking = await open(port);
  breaking.write(request('', '/breaks'));
  await sleep(300);
  expect(await ask(slow, whole.slice(-3))).toMatch(/whole/);
  breaking.destroy();
  expect((await ended).code).toBe(1);
  expect(said().slice(0, 2)).toEqual(['listening', 'unhandled error: ending']);
  expect(said()).toContain('closed');
  expect(lines[1]).toMatchObject({ level: 60, err: { message: 'on purpose', stack: expect.any(String) } });
});
