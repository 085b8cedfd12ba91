import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answeredSince } from './gateway_log.ts';

const line = (path: string, status: number, ms: number) =>
  `${JSON.stringify({ level: 30, method: 'GET', path, status, ms, requestId: 'a', msg: 'request' })}\n`;

test('answeredSince() counts the requests of a log from a place on, without those that ask for readiness', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'muster-log-')), 'gateway.log');
  const before = line('/before', 200, 9_000);
  const other = `${JSON.stringify({ level: 30, msg: 'listening' })}\n`;
  await writeFile(
    file,
    before + other + line('/a"b', 204, 1.5) + line('/readyz', 200, 90) + line('/c', 404, 20),
  );
  expect(await answeredSince(file, before.length)).toEqual({
    requests: 2,
    classes: { '2xx': 1, '4xx': 1 },
    slowestMs: 20,
  });
});
