import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Door, doors } from './doors.ts';
import { eventually } from './eventually.ts';
import { openRaw } from './raw_socket.ts';

const MIB = 1024 * 1024;
const MOST = 4096;

/** A figure of a process's own. */
async function metric({ origin }: Door, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
}

describe.each(doors())('$name', (door) => {
  test.each([
    ['one field', 'a'],
    ['many fields', 'x-a: a\r\n'],
    ['a request line', undefined],
  ])('reads no further than 8 KiB of a header of 100 MB: %s', async (_, unit) => {
    const before = await metric(door, 'process_resident_memory_bytes');
    const raw = await openRaw(door.origin);
    raw.socket.write(
      unit === undefined ? 'GET /' : `GET /livez HTTP/1.1\r\nHost: a\r\n${unit === 'a' ? 'x-a: ' : ''}`,
    );
    const chunk = (unit ?? 'a').repeat(Math.ceil((64 * 1024) / (unit ?? 'a').length));
    for (let sent = 0; sent < 100 * MIB && !raw.socket.destroyed; sent += chunk.length) {
      if (!raw.socket.write(chunk))
        await Promise.race([once(raw.socket, 'drain').catch(() => {}), raw.closed]);
    }
    await raw.closed;
    expect(await raw.answers(0)).toEqual([431]);
    expect((await metric(door, 'process_resident_memory_bytes')) - before).toBeLessThan(48 * MIB);
  });
});

/** Opens so many connections that say nothing; those that the other side does not keep are closed by it. */
async function openMany({ origin }: Door, count: number): Promise<Socket[]> {
  const port = Number(new URL(origin).port);
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened += 250) {
    const batch = Array.from({ length: Math.min(250, count - opened) }, () => connect(port, '127.0.0.1'));
    for (const socket of batch) socket.on('error', () => {}).resume();
    await Promise.all(
      batch.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})),
    );
    sockets.push(...batch);
  }
  return sockets;
}

test.each(doors().filter(({ name }) => name === 'gateway' || name === 'tags'))(
  '$name keeps 4,096 of 5,000 connections, serves those that it has, and all once they are gone',
  async (door) => {
    const raw = await openRaw(door.origin);
    const ask = (count: number) => {
      raw.socket.write(`GET ${door.read} HTTP/1.1\r\nHost: a\r\n\r\n`);
      return raw.answers(count);
    };
    expect(await ask(1)).toEqual([200]);
    const sockets = await openMany(door, 5_000);
    try {
      await sleep(500);
      const open = sockets.filter(({ destroyed }) => !destroyed).length;
      expect(open).toBeLessThan(MOST);
      expect(open).toBeGreaterThan(MOST - 200);
      expect(await ask(2)).toEqual([200, 200]);
    } finally {
      for (const socket of sockets) socket.resetAndDestroy();
    }
    await eventually(async () => expect((await fetch(door.origin + door.read)).status).toBe(200), 3_000);
    await eventually(async () => expect(await metric(door, 'process_open_fds')).toBeLessThan(300), 3_000);
  },
);
