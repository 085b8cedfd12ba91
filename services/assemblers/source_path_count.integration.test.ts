import { randomUUIDv7 } from 'node:crypto';
import { eventType, recordSubject, type SourcePath } from '@muster/contracts';
import { type Ask, asker, type Handle, startTestServices, type TestServices } from '@muster/dev';
import {
  buryRecord,
  changeRecord,
  ensureCollections,
  insertRecord,
  lookupClient,
  type Mongo,
  type NatsLink,
  openLog,
  openMongo,
  openNats,
  type RecordDoc,
  type Relay,
  startRelay,
} from '@muster/runtime';
import type { Collection } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';

const log = openLog('test', 'silent');
const DURABLE = 'assemblers_source_path_count';
let services: TestServices;
let instances: Handle[];
let ask: Ask;
let mongo: Mongo;
let link: NatsLink;
let relay: Relay;
let paths: Collection<RecordDoc<SourcePath>>;
let slugs: string[];
let made = 0;

const change = (verb: 'created' | 'updated' | 'deleted') => ({
  type: eventType('source_path', verb),
  at: new Date(),
  traceparent: null,
  by: null,
});

/** An owner of source paths, which follows the contracts and nothing else. */
const owner = {
  async add(assembler_slug: string): Promise<string> {
    const id = randomUUIDv7();
    const state = { id, name: 'p', assembler_slug, relative_path: null, branch: null, arch: null };
    await insertRecord(paths, { id, state, change: change('created') });
    return id;
  },
  move: (id: string, assembler_slug: string) =>
    changeRecord(paths, { id, patch: { assembler_slug }, change: change('updated') }),
  remove: (id: string) => buryRecord(paths, { id, change: change('deleted') }),
};

const times = <T>(count: number, act: (at: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, at) => act(at)));

const create = (slug: string) => ask('POST /v1/assemblers', { json: { slug, name: slug } });
const record = async (slug: string) => {
  const { body, headers } = await ask(`GET /v1/assemblers/${slug}`);
  return { count: body.source_path_count as number, revision: headers.get('etag') };
};
const counts = () => Promise.all(slugs.map(async (slug) => (await record(slug)).count));
const settled = (expected: readonly number[]) =>
  vi.waitFor(async () => expect(await counts()).toEqual(expected), { timeout: 20_000, interval: 100 });

beforeAll(async () => {
  services = await startTestServices(inject('serverBinaries'));
  const { mongodbUrl, natsUrl } = services.servers;
  mongo = openMongo({ url: mongodbUrl, database: 'registry', log });
  link = openNats({ url: natsUrl, name: 'test', log });
  await ensureCollections(mongo.db, [{ name: 'source_paths', published: true }], { log }).done;
  paths = mongo.db.collection('source_paths');
  const collections = [{ name: 'source_paths', type: 'source_path' as const }];
  relay = startRelay({ service: 'registry', mongo: mongo.db, link, collections, log });
  instances = [await services.start('assemblers'), await services.start('assemblers')];
  ask = asker(instances[0]?.url ?? '', services.token);
});
beforeEach(async () => {
  slugs = [`a${++made}`, `b${made}`];
  await Promise.all(slugs.map(create));
});
afterAll(async () => {
  await relay?.stop();
  await link?.drain();
  await mongo?.close();
  await services?.stop();
});

test('each source path counts once, with two instances at work; what comes again changes nothing', async () => {
  const [a = '', b = ''] = slugs;
  const ids = await times(40, (at) => owner.add(at % 4 === 0 ? b : a));
  await settled([30, 10]);
  await Promise.all([
    ...ids.slice(0, 8).map(owner.remove),
    ...ids.slice(8, 12).map((id) => owner.move(id, b)),
  ]);
  await settled([21, 11]);

  const before = await Promise.all(slugs.map(record));
  // Without its durable, the read model is filled again: every event is delivered a second time.
  await link.request(`$JS.API.CONSUMER.DELETE.FARM.${DURABLE}`, {});
  const late = await owner.add(b);
  await settled([21, 12]);
  await owner.remove(late);
  await settled([21, 11]);
  const [untouched, touched] = await Promise.all(slugs.map(record));
  expect(untouched).toEqual(before[0]);
  const revision = Number(before[1]?.revision?.replaceAll('"', ''));
  expect(touched?.revision).toBe(`"${revision + 2}"`);
});

test('no source path is lost or counted twice when an instance is killed half way', async () => {
  const [a = '', b = ''] = slugs;
  const ids: string[] = [];
  for (const instance of instances) {
    const writing = times(30, async (at) => ids.push(await owner.add(at % 2 === 0 ? a : b)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await instance.stop('SIGKILL');
    await writing;
    await instance.start();
  }
  await settled([30, 30]);
  await Promise.all(ids.slice(0, 30).map(owner.remove));
  await instances[1]?.stop('SIGKILL');
  const left = await paths.countDocuments({ live: true, 'state.assembler_slug': a });
  await settled([left, 30 - left]);
  await instances[1]?.start();
});

test('an assembler that is made after its source paths, or made again, has them counted', async () => {
  const slug = `late${made}`;
  await times(3, () => owner.add(slug));
  const { body } = await create(slug);
  expect(body.source_path_count).toBe(0);
  slugs = [slug];
  await settled([3]);
  await ask(`DELETE /v1/assemblers/${slug}`);
  await create(slug);
  await settled([3]);
});

test('assemblers that are made after their source paths have them counted, though instances are killed meanwhile', async () => {
  slugs = Array.from({ length: 60 }, (_, at) => `killed${made}x${at}`);
  await Promise.all(slugs.map((slug) => owner.add(slug)));
  for (const [turn, instance] of [instances[1]!, instances[0]!].entries()) {
    const other = asker(instances[turn]!.url ?? '', services.token);
    const making = slugs
      .slice(turn * 30, turn * 30 + 30)
      .map((slug) => other('POST /v1/assemblers', { json: { slug, name: slug } }));
    await Promise.race(making);
    await instance.stop('SIGKILL');
    for (const { status } of await Promise.all(making)) expect(status).toBe(200);
    await instance.start();
  }
  await settled(slugs.map(() => 1));
});

test('a count is a change like any other: one version more, published with its state', async () => {
  const [a = ''] = slugs;
  await owner.add(a);
  await settled([1, 0]);
  expect((await record(a)).revision).toBe('"2"');
  const published = async () => {
    const subject = recordSubject('assembler', a);
    const reply = await link.request('$JS.API.STREAM.MSG.GET.FARM_STATE', { last_by_subj: subject });
    const { message } = reply as { message: { data: string; hdrs: string } };
    expect(atob(message.hdrs)).toMatch(/ce-version: ?2\r\n/);
    expect(atob(message.hdrs)).toMatch(/ce-type: ?farm\.assembler\.updated\.v1\r\n/);
    expect(JSON.parse(atob(message.data)).source_path_count).toBe(1);
  };
  await vi.waitFor(published, { timeout: 5_000 });
});

test('a look-up knows living and destroyed assemblers, and no others', async () => {
  const lookUp = lookupClient(link, { timeoutMs: 2_000 });
  const [a = ''] = slugs;
  expect(await lookUp('assembler', a)).toMatchObject({
    id: a,
    live: true,
    v: 1,
    born: 1,
    state: { slug: a },
  });
  await ask(`DELETE /v1/assemblers/${a}`);
  expect(await lookUp('assembler', a)).toEqual({ id: a, live: false, v: 2, born: 1, state: null });
  expect(await lookUp('assembler', 'never-made')).toBeUndefined();
});
