import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { limitedServer } from './server.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server that answers when it is told to, and a client's connection to it. */
async function open() {
  const seen: (string | undefined)[] = [];
  const unanswered: ServerResponse[] = [];
  const server = limitedServer((request, response) => {
    seen.push(request.url);
    unanswered.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  ends.push(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  const ask = (...paths: string[]) =>
    void socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: farm.example\r\n\r\n`).join(''));
  const answer = () => void unanswered.shift()?.end('done');
  return { seen, unanswered, socket, ask, answer };
}

test('the requests of one connection are handed on one by one, each when the one before is answered', async () => {
  const { seen, ask, answer } = await open();
  ask('/1', '/2', '/3');
  for (const many of [1, 2, 3]) {
    await vi.waitFor(() => expect(seen).toHaveLength(many));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual(['/1', '/2', '/3'].slice(0, many));
    answer();
  }
  ask('/4');
  await vi.waitFor(() => expect(seen).toEqual(['/1', '/2', '/3', '/4']));
});

test('who sends 66 requests ahead of their answers is cut off, and what he sent last is handed to nobody', async () => {
  const { seen, socket, ask, answer } = await open();
  const closed = once(socket, 'close');
  ask(...Array.from({ length: 66 }, (_, nth) => `/${nth}`));
  await closed;
  answer();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toEqual(['/0']);
});

test('of a client that has gone nothing more is handed on', async () => {
  const { seen, unanswered, socket, ask } = await open();
  ask('/1', '/2');
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  const gone = once(unanswered[0]!, 'close');
  socket.resetAndDestroy();
  await gone;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toEqual(['/1']);
});
