import { type DigestedRecord, digestSubject } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { scanRecords } from '../mongo/scan_records.ts';
import { digestClient } from './ask_digest.ts';
import { bucketOf, openDigest } from './digest.ts';
import { createAgent, deleteAgent, type Fixture, newIds, openFixture } from './fixture.ts';
import { type ScanRecords, serveDigest } from './serve_digest.ts';

let fixture: Fixture;
let ends: (() => void)[] = [];
const label = 'hostname';

const serve = async (scan: ScanRecords) => {
  ends.push(serveDigest(fixture.link, { type: 'agent', queue: 'registry', scan }));
  await (await fixture.link.connection()).flush();
};
const listed = async (buckets: readonly number[]) => {
  const found: DigestedRecord[] = [];
  for await (const batch of digestClient(fixture.link).list('agent', { label, buckets }))
    found.push(...batch);
  return found;
};

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
});
afterEach(async () => {
  for (const end of ends) end();
  ends = [];
  await fixture.close();
});

test('digestClient() gives the digest and the lists of what is stored, destroyed records included', async () => {
  const ids = newIds(30);
  for (const id of ids) await createAgent(fixture, id);
  await deleteAgent(fixture, ids[0] ?? '');
  await serve((from) => scanRecords(fixture.agents, from));
  const expected = openDigest();
  for (const id of ids) {
    const dead = id === ids[0];
    expected.add({ id, live: !dead, v: dead ? 2 : 1, born: 1, label: dead ? null : 'h' });
  }
  const digested = await digestClient(fixture.link).digest('agent', label);
  expect(digested).toEqual({ digests: expected.text(), count: 30 });
  const [id = ''] = ids;
  expect(await listed([bucketOf(id)])).toContainEqual({ id, live: false, v: 2, born: 1, label: null });
});

test('digestClient() puts together the parts of records that no one message could hold', async () => {
  const all = Array.from({ length: 45_000 }, (_, at): DigestedRecord => {
    const id = String(at).padStart(6, '0');
    return { id, live: true, v: 1, born: 1, label: 'ж'.repeat(50) };
  });
  await serve(async function* ({ after = '' }) {
    const from = all.findIndex(({ id }) => id > after);
    for (let at = from; at >= 0 && at < all.length; at += 1_000) yield all.slice(at, at + 1_000);
  });
  const expected = openDigest();
  for (const one of all) expected.add(one);
  const digested = await digestClient(fixture.link).digest('agent', label);
  expect(digested).toEqual({ digests: expected.text(), count: 45_000 });
  const everywhere = Array.from({ length: 1024 }, (_, bucket) => bucket);
  expect(await listed(everywhere)).toEqual(all);
});

test('digestClient() names the owner that is away, cannot look or gives a foreign answer', async () => {
  const silent = { key: 'owner_silent', params: { service: 'registry' } };
  const ask = () => digestClient(fixture.link).digest('agent', label);
  await expect(ask()).rejects.toMatchObject(silent);
  await serve(() => {
    throw new Error('the database is away');
  });
  await expect(ask()).rejects.toMatchObject(silent);
  ends.pop()?.();
  ends.push(fixture.link.serve(digestSubject('agent'), 'registry', async () => ({ digests: 'x', count: 1 })));
  await (await fixture.link.connection()).flush();
  await expect(ask()).rejects.toMatchObject(silent);
});
