import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Position } from './in_order.ts';
import { openHeartbeat } from './send_heartbeats.ts';

const log = pino({ level: 'silent' });

/** A heartbeat whose position the test sets, and what was sent. */
function opened(publish?: () => void) {
  const sent: unknown[] = [];
  const known: { position: Position } = {
    position: { token: 't', at: Number.NEGATIVE_INFINITY, seq: 3, id: 'e3' },
  };
  const nc = {
    publish: (subject: string, payload?: unknown) => {
      publish?.();
      sent.push([subject, JSON.parse(String(payload))]);
    },
  };
  const beat = openHeartbeat(nc, { service: 'registry', position: () => known.position, log });
  return { sent, known, beat };
}

test('openHeartbeat() says nothing before the position is known', () => {
  const { sent, beat } = opened();
  beat();
  expect(sent).toEqual([]);
});

test('openHeartbeat() tells the position at most ten times a second', async () => {
  const { sent, known, beat } = opened();
  known.position = { ...known.position, at: 1000 };
  for (let time = 0; time < 100; time += 1) beat();
  expect(sent).toEqual([['farm.heartbeat.registry', { at: 1000, seq: 3, id: 'e3' }]]);
  await sleep(110);
  beat();
  expect(sent).toHaveLength(2);
});

test('openHeartbeat() does not speak of the future, whatever a change says of its time', () => {
  const { sent, known, beat } = opened();
  known.position = { ...known.position, at: Date.now() + 60_000 };
  beat();
  expect((sent as [string, { at: number }][])[0]?.[1].at).toBeLessThanOrEqual(Date.now());
});

test('openHeartbeat() does not throw when the connection is closed', () => {
  const { known, beat } = opened(() => {
    throw new Error('closed');
  });
  known.position = { ...known.position, at: 1 };
  expect(beat).not.toThrow();
});
