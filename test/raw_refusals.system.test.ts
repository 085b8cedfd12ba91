import { describe, expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';
import { doors, writeTo } from './doors.ts';
import { openRaw } from './raw_socket.ts';

const { fetch } = await farmClient();
const smuggled = freshName('smuggled');

/** A whole write, which two servers that read what is before it differently could take for a request of its own. */
const hidden = `POST /api/v1/tags/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${smuggled.length + 10}\r\n\r\n{"tag":"${smuggled}"}`;
const get = 'GET /livez HTTP/1.1\r\nHost: a\r\n';

/** What is no HTTP/1.1, or would be read differently by others, at a door where it could do harm. */
const unreadable = (
  post: string,
  chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`,
): readonly (readonly [string, string])[] => [
  ['a broken request line', 'GET\r\n\r\n'],
  ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown version', 'GET /livez HTTP/1.2\r\nHost: a\r\n\r\n'],
  ['a NUL in the address', 'GET /livez\0 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a byte over 127 in the address', 'GET /livez\xff HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a NUL in a field', `${get}X-A: a\0b\r\n\r\n`],
  ['a blank in a field’s name', `${get}X A: b\r\n\r\n`],
  ['a field without a colon', `${get}XA\r\n\r\n`],
  ['a field that goes on in the next line', `${get}X-A: a\r\n b\r\n\r\n`],
  ['lines that end with LF alone', 'GET /livez HTTP/1.1\nHost: a\n\n'],
  ['one line that ends with LF alone', 'GET /livez HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'],
  ['a line that ends with CR alone', 'GET /livez HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n'],
  ['no Host', 'GET /livez HTTP/1.1\r\n\r\n'],
  ['two Hosts', `${get}Host: b\r\n\r\n`],
  [
    'two lengths that differ',
    `${post}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ],
  ['one length twice', `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
  ['a list of lengths', `${post}Content-Length: 2, 2\r\n\r\n{}`],
  ['a negative length', `${post}Content-Length: -1\r\n\r\n${hidden}`],
  ['a length with a sign', `${post}Content-Length: +0\r\n\r\n${hidden}`],
  ['a length in hexadecimal', `${post}Content-Length: 0x0\r\n\r\n${hidden}`],
  ['a length and chunks', `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['chunks and a length', `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`],
  ['a blank before the colon', `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['an encoding like chunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['a control before chunked', `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${hidden}`],
  ['chunked not at the end', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
  ['two encodings', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: zip\r\n\r\n0\r\n\r\n${hidden}`],
  ['a chunk without a size', `${chunked}zz\r\n{}\r\n0\r\n\r\n${hidden}`],
  ['a chunk of negative size', `${chunked}-2\r\n{}\r\n0\r\n\r\n${hidden}`],
  ['a chunk larger than any number', `${chunked}fffffffffffffffff\r\n{}\r\n0\r\n\r\n${hidden}`],
  ['chunks whose lines end with LF alone', `${chunked}2\n{}\n0\n\n${hidden}`],
  ['a chunk that says more than it may', `${chunked}2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n${hidden}`],
  ['a length behind the body', `${chunked}2\r\n{}\r\n0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`],
];

describe.each(doors())('$name', (door) => {
  test.each(unreadable(writeTo(door)))(
    'refuses %s with one 400, reads no further, and closes',
    async (_, bytes) => {
      const raw = await openRaw(door.origin);
      raw.socket.write(Buffer.from(bytes, 'latin1'));
      await raw.closed;
      expect(await raw.answers(1)).toEqual([400]);
      expect(raw.text()).toMatch(/\r\nConnection: close\r\n\r\n\{"error":"[^"]+","code":"malformed"\}$/);
    },
  );
});

describe.each(doors())('$name', (door) => {
  test('answers a request that is followed by what is none, and closes', async () => {
    const raw = await openRaw(door.origin);
    raw.socket.write(`${writeTo(door)}Content-Length: 2\r\n\r\n{}{}${hidden}`);
    await raw.closed;
    const [status, ...others] = await raw.answers(1);
    expect([status === 400 || status === 422, others]).toEqual([true, []]);
    expect(raw.text()).not.toContain('well-formed');
  });

  test('leaves undone a write whose body ends before its length', async () => {
    const raw = await openRaw(door.origin);
    raw.socket.end(`${writeTo(door, '/api/v1/tags/')}Content-Length: 1000\r\n\r\n{"tag":"${smuggled}"}`);
    await raw.closed;
    expect(raw.text()).not.toMatch(/^HTTP\/1\.1 2/);
  });

  test('keeps nobody who was refused, however long he stays', async () => {
    const raw = await openRaw(door.origin, { allowHalfOpen: true });
    raw.socket.write('GET\r\n\r\n');
    const flood = setInterval(() => raw.socket.write('x'.repeat(10_000)), 20);
    try {
      expect(await raw.closed).toBeLessThan(8_000);
      expect(await raw.answers(1)).toEqual([400]);
    } finally {
      clearInterval(flood);
    }
  });
});

test('none of the hidden writes was done', async () => {
  expect((await fetch('GET', `/api/v1/tags/${smuggled}`)).status).toBe(404);
});
