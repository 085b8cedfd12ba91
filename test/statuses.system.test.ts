import { allOperations, dialectOf, errorCodes, type Operation } from '@muster/contracts';
import { expect, test } from 'vitest';
import { farmClient } from './client.ts';
import { statusCases } from './status_cases.ts';

const farm = await farmClient();
const cases = statusCases(farm);
const rows = allOperations.flatMap((operation) =>
  Object.entries(cases[operation.id] ?? {}).map(([status, ask]) => ({
    operation,
    id: operation.id,
    status: Number(status),
    ask,
  })),
);

/** Every status that tells something of this operation itself; those that any operation may give are asked for elsewhere. */
function ownStatuses({ path, method, successes, refusals, query, body }: Operation): number[] {
  const dialect = dialectOf(path);
  const statuses = Object.keys(successes).map(Number);
  for (const code of refusals) statuses.push(errorCodes[code][dialect]);
  if (query !== undefined || body !== undefined) statuses.push(errorCodes.invalid_argument[dialect]);
  if (method === 'PATCH' || method === 'PUT') statuses.push(412);
  return statuses;
}

test.each(allOperations)('$id has a case for each of its statuses', (operation) => {
  const asked = Object.keys(cases[operation.id] ?? {}).map(Number);
  expect(asked).toEqual(expect.arrayContaining(ownStatuses(operation)));
});

test.each(rows)('$id answers $status', async ({ operation, status, ask }) => {
  const [path, sent] = await ask();
  const answer = await farm.fetch(operation.method, path, sent);
  expect(answer.status, answer.text).toBe(status);
});

const reads = rows.filter(({ operation, status }) => operation.method === 'GET' && status < 300);

test.each(reads)('$id answers HEAD as GET, without the body ($status)', async ({ status, ask }) => {
  const [path, sent] = await ask();
  const got = await farm.fetch('GET', path, sent);
  const head = await farm.fetch('HEAD', path, sent);
  expect([head.status, head.text]).toEqual([status, '']);
  for (const name of ['content-type', 'etag', 'content-range', 'link', 'cache-control'])
    expect([name, head.headers.get(name)]).toEqual([name, got.headers.get(name)]);
});

// A whole list by cursor is streamed: its ETag is not known when its header is sent.
const tagged = reads.filter(({ operation }) => operation.query?.properties.after === undefined);

test.each(tagged)('$id answers 304 to the ETag it gave ($status)', async ({ ask }) => {
  const [path] = await ask();
  const first = await farm.fetch('GET', path);
  const etag = first.headers.get('etag') ?? 'none';
  for (const names of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
    const again = await farm.fetch('GET', path, { headers: { 'if-none-match': names } });
    expect([names, again.status, again.text, again.headers.get('etag')]).toEqual([names, 304, '', etag]);
  }
  const other = await farm.fetch('GET', path, { headers: { 'if-none-match': '"other"' } });
  expect([other.status, other.text]).toEqual([first.status, first.text]);
});
