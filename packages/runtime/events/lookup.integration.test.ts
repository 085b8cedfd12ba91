import { AppError, type LookedUp, lookupSubject } from '@muster/contracts';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NatsLink } from '../nats/nats_link.ts';
import { openNats } from '../nats/open_nats.ts';
import { log } from './fixture.ts';
import { lookupClient, serveLookup } from './lookup.ts';

let asker: NatsLink;
let owner: NatsLink;

const records: LookedUp[] = [
  { id: 'a', live: true, v: 2, born: 1, state: { id: 'a' } },
  { id: 'gone', live: false, v: 3, born: 1, state: null },
];

const refusal = async (asked: Promise<unknown>) => {
  const startedAt = Date.now();
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error: error as AppError, tookMs: Date.now() - startedAt };
};

beforeAll(async () => {
  [asker, owner] = ['asker', 'owner'].map((name) => openNats({ url: natsUrlOfWorker(), name, log })) as [
    NatsLink,
    NatsLink,
  ];
  await Promise.all([asker.connection(), owner.connection()]);
});

afterAll(async () => {
  await asker.drain();
  await owner.drain();
});

test('lookupClient() finds records and tombstones, and knows when there is none, in one request a tick', async () => {
  const asked: (readonly string[])[] = [];
  const end = serveLookup(owner, {
    type: 'agent',
    queue: 'registry',
    find: async (ids) => {
      asked.push(ids);
      return records.filter(({ id }) => ids.includes(id));
    },
  });
  await (await owner.connection()).flush();
  const lookUp = lookupClient(asker, { timeoutMs: 5_000 });
  const found = await Promise.all(['a', 'gone', 'unknown', 'a'].map((id) => lookUp('agent', id)));
  expect(found).toEqual([records[0], records[1], undefined, records[0]]);
  expect(asked).toEqual([['a', 'gone', 'unknown']]);
  end();
});

test('lookupClient() says at once that nobody serves the type', async () => {
  const { error, tookMs } = await refusal(lookupClient(asker, { timeoutMs: 10_000 })('job', '1'));
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'unavailable', key: 'owner_unavailable', params: { kind: 'job' } });
  expect(tookMs).toBeLessThan(5_000);
});

test('lookupClient() gives up a silent owner by itself', async () => {
  const end = serveLookup(owner, { type: 'job', queue: 'registry', find: () => new Promise(() => {}) });
  await (await owner.connection()).flush();
  const { error, tookMs } = await refusal(lookupClient(asker)('job', '1'));
  expect(error).toMatchObject({ key: 'owner_unavailable' });
  expect(tookMs).toBeLessThan(3_000);
  end();
});

test('lookupClient() takes the error of an owner that cannot look, and a foreign answer, as unavailable', async () => {
  const end = serveLookup(owner, {
    type: 'job',
    queue: 'registry',
    find: () => Promise.reject(new Error('the database is away')),
  });
  await (await owner.connection()).flush();
  expect((await refusal(lookupClient(asker)('job', '1'))).error).toMatchObject({ key: 'owner_unavailable' });
  end();
  const endOther = owner.serve(lookupSubject('job'), 'registry', async () => ({ records: [{ id: 7 }] }));
  await (await owner.connection()).flush();
  expect((await refusal(lookupClient(asker)('job', '1'))).error).toMatchObject({ key: 'owner_unavailable' });
  endOther();
});

test('openNats() refuses a request at once while it is not connected, and connects by itself later', async () => {
  const link = openNats({ url: 'nats://127.0.0.1:1', name: 'nobody', log });
  const { error, tookMs } = await refusal(link.request('x', {}, 10_000));
  expect(error).toMatchObject({ key: 'nats_unavailable' });
  expect(tookMs).toBeLessThan(5_000);
  expect(link.isUp()).toBe(false);
  await link.drain();
});
