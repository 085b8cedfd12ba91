import { describe, expect, test } from 'vitest';
import { freshName } from './client.ts';
import { doors, writeTo } from './doors.ts';
import { openRaw } from './raw_socket.ts';

const host = 'Host: a\r\n';

describe.each(doors())('$name', (door) => {
  const { origin, read } = door;
  const fieldOf = { '/v1/assemblers.json': 'slug', '/api/v1/jobs/': 'title' }[door.write] ?? 'tag';
  const fit = () => {
    const name = freshName('raw');
    return JSON.stringify({ [fieldOf]: name, ...(fieldOf === 'slug' && { name }) });
  };
  const write = (body = fit()) => `${writeTo(door)}Content-Length: ${body.length}\r\n\r\n${body}`;

  test('answers a client that closes its own side after the request', async () => {
    for (const request of [`GET ${read} HTTP/1.1\r\n${host}\r\n`, write()]) {
      const raw = await openRaw(origin);
      raw.socket.end(request);
      await raw.closed;
      const statuses = await raw.answers(1);
      expect(statuses.at(-1)).toBeLessThan(300);
      expect(statuses.slice(0, -1).filter((status) => status !== 100)).toEqual([]);
    }
  });

  test('answers requests that come ahead of the answers in their order, each when the one before is done', async () => {
    const raw = await openRaw(origin);
    const body = fit();
    const again = fieldOf === 'tag' ? 200 : fieldOf === 'slug' ? 422 : 201;
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
    raw.socket.write(write(body) + get('/livez') + write(body) + get('/nothing') + get(read));
    const [made, alive, same, nothing, last] = await raw.answers(5);
    expect([made, alive, same, nothing]).toEqual([fieldOf === 'slug' ? 200 : 201, 200, again, 404]);
    expect(last).toBeLessThan(300);
  });

  test('cuts off a client that sends requests without end and reads no answer', async () => {
    const raw = await openRaw(origin);
    raw.socket.pause();
    raw.socket.write(`GET ${read} HTTP/1.1\r\n${host}\r\n`.repeat(5_000));
    raw.socket.resume();
    await raw.closed;
    expect((await raw.answers(0)).length).toBeLessThan(200);
  });

  test('meets Expect: 100-continue, and refuses other expectations', async () => {
    const raw = await openRaw(origin);
    const body = fit();
    raw.socket.write(`${writeTo(door)}Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
    expect(await raw.answers(1)).toEqual([100]);
    raw.socket.write(body);
    const [, status] = await raw.answers(2);
    expect(status).toBeLessThan(300);
    raw.socket.write(`GET ${read} HTTP/1.1\r\n${host}Expect: wonders\r\n\r\n`);
    expect((await raw.answers(3))[2]).toBe(417);
  });

  test('serves HTTP/1.0, without chunks and on one connection each', async () => {
    const raw = await openRaw(origin);
    raw.socket.write(`GET ${read} HTTP/1.0\r\n\r\n`);
    await raw.closed;
    const [status, ...others] = await raw.answers(1);
    expect([status === 200 || status === 206, others]).toEqual([true, []]);
    expect(raw.text()).not.toMatch(/transfer-encoding/i);
    expect(JSON.parse(raw.text().split('\r\n\r\n')[1] ?? '')).toBeTypeOf('object');
  });

  test('goes over to no other protocol: it answers as if it had not been asked', async () => {
    for (const asked of [
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    ]) {
      const raw = await openRaw(origin);
      raw.socket.write(`GET /livez HTTP/1.1\r\n${host}${asked}\r\n`);
      expect(await raw.answers(1)).toEqual([200]);
      expect(raw.text()).toContain('{"status":"alive"}');
    }
  });

  test('takes an address in absolute form without its origin', async () => {
    const raw = await openRaw(origin);
    raw.socket.write(`GET http://elsewhere.example${read} HTTP/1.1\r\n${host}\r\n`);
    const [status] = await raw.answers(1);
    expect(status).toBeLessThan(300);
  });

  test('opens no tunnel and repeats no request: CONNECT and TRACE are refused', async () => {
    const tunnel = await openRaw(origin);
    tunnel.socket.write(`CONNECT db.example:27017 HTTP/1.1\r\n${host}\r\n`);
    await tunnel.closed;
    expect(await tunnel.answers(1)).toEqual([405]);
    const trace = await openRaw(origin);
    trace.socket.write(
      `TRACE ${read} HTTP/1.1\r\n${host}X-Secret: s\r\n\r\nOPTIONS * HTTP/1.1\r\n${host}\r\n`,
    );
    expect(await trace.answers(2)).toEqual([405, 404]);
    expect(trace.text()).not.toContain('X-Secret');
  });
});
