import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Door, doors, writeTo } from './doors.ts';
import { openRaw, type RawSocket } from './raw_socket.ts';

/** What a client sends that does not come to an end: at once, and then in small pieces. */
interface Slow {
  readonly at: (door: Door) => string;
  readonly more?: string;
  readonly everyMs?: number;
  /** What the first answer is, and after how many seconds the connection is closed. */
  readonly expected: { readonly status: number; readonly seconds: readonly [number, number] };
}

const header = { status: 408, seconds: [9, 13] } as const;
const body = { status: 408, seconds: [14, 18.5] } as const;
const long = (door: Door, length: number) => `${writeTo(door)}Content-Length: ${length}\r\n\r\n{"tag":"`;

const slow: Readonly<Record<string, Slow>> = {
  'says nothing': { at: () => '', expected: header },
  'falls silent in its header': { at: () => 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ', expected: header },
  'sends its header a letter at a time': {
    at: () => 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ',
    more: 'a',
    everyMs: 300,
    expected: header,
  },
  'falls silent in a short body': { at: (door) => long(door, 1_000), expected: body },
  'falls silent in a long body': { at: (door) => long(door, 60_000) + 'a'.repeat(30_000), expected: body },
  'sends its body a letter at a time': {
    at: (door) => long(door, 60_000),
    more: 'a',
    everyMs: 300,
    expected: body,
  },
  'falls silent in a chunk': {
    at: (door) => `${writeTo(door)}Transfer-Encoding: chunked\r\n\r\n9\r\n{"tag"`,
    expected: body,
  },
  'sends chunks without end': {
    at: (door) => `${writeTo(door)}Transfer-Encoding: chunked\r\n\r\n`,
    more: `4000\r\n${'a'.repeat(0x4000)}\r\n`,
    everyMs: 30,
    expected: { status: 413, seconds: [0, 18.5] },
  },
};

async function act(raw: RawSocket, door: Door, { at, more, everyMs = 0 }: Slow): Promise<void> {
  raw.socket.write(at(door));
  while (more !== undefined && !raw.socket.destroyed) {
    raw.socket.write(more);
    await sleep(everyMs);
  }
}

// All at once, so that the time limits run side by side.
test('a client that is too slow, or never ends, is told so and cut off, while others are served', async () => {
  const problems: unknown[] = [];
  const cases = doors().flatMap((door) => Object.entries(slow).map(([what, one]) => ({ door, what, one })));
  const ending = cases.map(async ({ door, what, one }) => {
    const raw = await openRaw(door.origin);
    void act(raw, door, one);
    const seconds = (await raw.closed) / 1_000;
    const [status] = await raw.answers(0);
    const { expected } = one;
    const [from, to] = expected.seconds;
    if (status !== expected.status || seconds < from || seconds > to)
      problems.push(`${door.name}: a client that ${what} got ${status} and was cut off after ${seconds} s`);
  });
  let over = false;
  const allEnded = Promise.all(ending).finally(() => {
    over = true;
  });
  let served = 0;
  while (!over) {
    for (const { name, origin, read } of doors()) {
      const began = performance.now();
      const { ok, status } = await fetch(origin + read);
      const ms = performance.now() - began;
      if (!ok || ms > 3_000) problems.push(`${name} answered another client ${status} after ${ms} ms`);
      served += 1;
    }
    await Promise.race([sleep(250), allEnded]);
  }
  await allEnded;
  expect(problems).toEqual([]);
  expect(served).toBeGreaterThan(40);
});
