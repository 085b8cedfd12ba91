import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { metricsText } from '../process/metrics.ts';
import { startToyService } from './edge_fixture.ts';
import { ownRoutes } from './own_routes.ts';

/** The readiness of a process whose database can be away, and how often that was asked. */
function readiness() {
  const ending = new AbortController();
  const database = { isThere: true, asked: 0 };
  const needs = {
    database: () => {
      database.asked += 1;
      return database.isThere;
    },
  };
  const { '/readyz': ready } = ownRoutes({ ending: ending.signal, needs, shows: {}, documents: {} });
  /** The status that is answered; `waits` when nothing is within 0.2 s. */
  const soon = async (prefer?: string) =>
    Promise.race([ready!(prefer).then(({ status }) => status), sleep(200, 'waits')]);
  return { ending, database, ready: ready!, soon };
}

test('/readyz answers at once whoever does not wish to wait, or who asks for the first time', async () => {
  const { soon } = readiness();
  expect(await soon('wait=1')).toBe(200);
  for (const prefer of [undefined, '', 'wait', 'wait=0', 'wait=-1', 'wait=x', 'refs=fresh'])
    expect(await soon(prefer)).toBe(200);
});

test('/readyz keeps who wishes to wait for as long, a second at most, and looks anew then', async () => {
  const { database, ready, soon } = readiness();
  await soon();
  expect(await soon('wait=1')).toBe('waits');
  const { asked } = database;
  const kept = ready('handling=strict, wait=600');
  expect(await Promise.race([kept, sleep(200, 'waits')])).toBe('waits');
  database.isThere = false;
  const { status, waitedMs } = await kept;
  expect([status, waitedMs! > 900, waitedMs! < 3_000]).toEqual([503, true, true]);
  expect(database.asked - asked).toBe(2);
});

test('/readyz answers at once while the process is not ready, and until it was found to be again', async () => {
  const { database, soon } = readiness();
  await soon();
  database.isThere = false;
  expect(await soon()).toBe(503);
  expect(await soon('wait=1')).toBe(503);
  database.isThere = true;
  expect(await soon('wait=1')).toBe(200);
  expect(await soon('wait=1')).toBe('waits');
});

test('/readyz tells whoever waits at once that the end has begun', async () => {
  const { ending, ready, soon } = readiness();
  await soon();
  const kept = ready('wait=1');
  expect(await soon('wait=1')).toBe('waits');
  ending.abort();
  expect(await Promise.race([kept, sleep(200, 'waits')])).toMatchObject({
    status: 503,
    body: '{"status":"ending"}',
    headers: { Connection: 'close', 'Farm-Draining': '1' },
  });
});

test('edge() does not measure the time that a client wished to wait', async () => {
  const answer = { status: 418, type: 'text/plain', body: 'ok', headers: { 'x-more': '1' } };
  const toy = await startToyService({
    ownRoutes: { '/readyz': async () => ({ ...answer, waitedMs: 60_000 }) },
  });
  onTestFinished(toy.close);
  const told = await fetch(`${toy.url}/readyz`);
  expect([told.status, told.headers.get('x-more')]).toEqual([418, '1']);
  const sum = /duration_seconds_sum\{operation="none",status="418"\} (\S+)/;
  await vi.waitFor(async () => {
    const { body } = await metricsText();
    expect(Number(sum.exec(body)?.[1])).toBeLessThan(-50);
  });
});
