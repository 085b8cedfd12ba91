import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from './client.ts';
import { eventually } from './eventually.ts';
import { inLanes } from './in_lanes.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';

const TAGS = 500;
const MIB = 1024 * 1024;

let farm: OwnFarm;
beforeAll(async () => {
  farm = await ownFarm();
  // As long as names may be, so that the index is longer than what the kernel keeps of it for a client that does not read.
  const names = Array.from({ length: TAGS }, () => `${freshName('cow')}${'🐮'.repeat(44)}`);
  await inLanes(16, TAGS, async (at) => void (await farm.client.newTag(names[at])));
  // Until the pools of connections have grown to what so many at once need.
  for (const name of places)
    await inLanes(24, 300, (at) => hangUp(name, moments['in the middle of the answer'], at % 2 === 0));
  await sleep(1_000);
});
afterAll(() => farm[Symbol.asyncDispose]());

const index = 'GET /api/v1/tags/ HTTP/1.1\r\nHost: a\r\n\r\n';
const half = `PUT /api/v1/tags/half HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"a":"${'a'.repeat(30_000)}`;

/** Where a client hangs up: what it sends, what it waits for before, and how many of them do so. */
const moments = {
  'in the middle of the answer': { sent: index, until: 'data', times: 1_000 },
  'without having read anything': { sent: index, until: 'readable', times: 300 },
  'before the answer begins': { sent: index, until: undefined, times: 300 },
  'in the middle of its own body': { sent: half, until: undefined, times: 1_000 },
} as const;

/** Sends, waits, and goes: by a reset, or by closing as any program does that ends. */
async function hangUp(
  name: string,
  { sent, until }: { sent: string; until: string | undefined },
  reset: boolean,
) {
  const socket = connect(Number(new URL(farm.process(name).url ?? '').port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(sent);
  if (until === undefined) await sleep(5);
  else await once(socket, until);
  if (reset) socket.resetAndDestroy();
  else socket.destroy();
}

const places = ['gateway', 'tags'] as const;

const metrics = async (name: string) => (await fetch(`${farm.process(name).url}/metrics`)).text();

/** How many files and sockets a process has open, how many timers and the like Node has at work in it, and its memory. */
async function held(name: string) {
  const { pid } = farm.process(name);
  const active = Number(/^nodejs_active_resources_total (\d+)/m.exec(await metrics(name))?.[1]);
  const statm = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
  return { open: (await readdir(`/proc/${pid}/fd`)).length, active, resident: Number(statm[1]) * 4096 };
}

/** Nothing is under way between gateway and services, and no breaker is open. */
async function expectIdle() {
  const lines = (await metrics('gateway'))
    .split('\n')
    .filter((line) => /^muster_gateway_(requests_under_way|breaker)/.test(line));
  expect(lines.length).toBe(6);
  expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([]);
}

test.each(
  places.flatMap((place) =>
    Object.keys(moments).map((moment) => [place, moment as keyof typeof moments] as const),
  ),
)(
  'clients of the %s that hang up %s, hundreds of them, leave nothing behind',
  async (place, moment) => {
    const before = await Promise.all(places.map(held));
    const times = place === 'gateway' ? moments[moment].times : 300;
    await inLanes(24, times, (at) => hangUp(place, moments[moment], at % 2 === 0));
    await eventually(async () => {
      // A breaker that opened under so much work closes with the first answer.
      await farm.client.fetch('GET', '/api/v1/tags/schema');
      await expectIdle();
      for (const [at, name] of places.entries()) {
        const { open, active, resident } = await held(name);
        expect(open, `open files of ${name}`).toBeLessThanOrEqual(before[at]!.open + 6);
        expect(active, `work of ${name}`).toBeLessThanOrEqual(before[at]!.active + 16);
        // A thousand indexes that were never let go are more; a heap that grows as it pleases is less.
        expect(resident, `memory of ${name}`).toBeLessThan(before[at]!.resident + 128 * MIB);
      }
    }, 20_000);
    // What nobody waits for any more is worked off first.
    await eventually(async () => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => farm.client.fetch('GET', '/api/v1/tags/schema')),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    }, 20_000);
  },
  180_000,
);

test('no listener was left either, and no process has died meanwhile', async () => {
  for (const name of places) {
    const log = await readFile(farm.process(name).log, 'utf8');
    expect(log).not.toMatch(/MaxListeners|unhandled|Warning/);
    expect(log.match(/"listening"/g)).toHaveLength(1);
  }
  const { body } = await farm.client.fetch('GET', '/api/v1/tags/');
  expect(body).toHaveLength(TAGS);
});
