import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type Handle, startService } from '@muster/dev';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Owner, owners } from './rights.ts';
import { buildService } from './testing/built_service.ts';
import { type SecuredServers, startSecuredServers } from './testing/secured_servers.ts';

let home: string;
let servers: SecuredServers;
let gateway: string;
const handles: Handle[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'muster-deploy-'));
  const [initMongo, ...programs] = await Promise.all([
    buildService('deploy', { into: join(home, 'deploy'), from: 'tools', main: 'init_mongo.ts' }),
    ...[...owners, 'gateway'].map((name) => buildService(name, { into: join(home, name) })),
  ]);
  servers = await startSecuredServers(join(home, 'servers'), {
    binaries: inject('serverBinaries'),
    initMongo,
  });
  const urls: Record<string, string> = {};
  const start = async (name: string, main: string, env: NodeJS.ProcessEnv) => {
    const port = await freePort();
    urls[`${name.toUpperCase()}_URL`] = `http://127.0.0.1:${port}`;
    handles.push(await startService(name, { port, logs: join(home, 'servers', 'logs'), env, main }));
    return `http://127.0.0.1:${port}`;
  };
  const { secrets } = servers;
  const common = { TOKENS_FILE: secrets.tokensFile, LOG_LEVEL: 'info' };
  await Promise.all(
    owners.map((owner, at) => start(owner, programs[at]!, { ...common, ...secrets.owners[owner] })),
  );
  gateway = await start('gateway', programs[owners.length]!, urls);
}, 300_000);

afterAll(async () => {
  for (const handle of handles.reverse()) await handle.stop();
  await servers?.stop();
  const logs = join(import.meta.dirname, '..', '..', '.results', 'deploy-logs');
  await cp(join(home, 'servers', 'logs'), logs, { recursive: true }).catch(() => {});
  await rm(home, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${servers.secrets.token}` };
  const response = await fetch(`${gateway}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function asMongoUser<T>(owner: Owner, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(servers.secrets.owners[owner].MONGODB_URL ?? '');
  return await work(client).finally(() => client.close());
}

async function natsAs(owner: Owner) {
  const url = new URL(servers.secrets.owners[owner].NATS_URL ?? '');
  const who = { user: url.username, pass: url.password, inboxPrefix: `_INBOX.${owner}` };
  return connect({ servers: url.host, ...who, timeout: 2000, reconnect: false });
}

test('each service works as it is built, with its own users only', async () => {
  const agent = await call('POST', '/api/v1/agents/', { hostname: 'render1.example.org' });
  expect(agent.status).toBe(201);
  const { id } = agent.body as { id: string };
  expect(
    (await call('POST', '/v1/assemblers.json', { slug: 'core', name: 'Core', host: 'core' })).status,
  ).toBe(200);
  expect((await call('POST', '/v1/source_paths.json', { name: 'p', assembler_slug: 'core' })).status).toBe(
    200,
  );
  expect((await call('POST', '/api/v1/tags/', { tag: 'hall 1' })).status).toBe(201);
  expect((await call('PUT', '/api/v1/tags/hall%202', { agents: [id] })).status).toBe(201);
  expect((await call('POST', '/api/v1/tags/hall%201/agents/', { agent_id: id })).status).toBe(201);
  const attached = await call('POST', '/api/v1/tags/hall%201/assemblers/', { assembler_slug: 'core' });
  expect(attached.status).toBe(201);
  await expect
    .poll(async () => (await call('GET', '/v1/assemblers/core.json')).body, { timeout: 10_000 })
    .toMatchObject({ source_path_count: 1 });
  expect((await call('DELETE', `/api/v1/agents/${id}`)).status).toBe(204);
  await expect
    .poll(async () => (await call('GET', '/api/v1/tags/hall%201/agents/')).body, { timeout: 10_000 })
    .toEqual([]);
});

test('every change of every service is on the log', async () => {
  const nc = await natsAs('tags');
  const manager = await jetstreamManager(nc, { checkAPI: false });
  const types = ['agent', 'assembler', 'source_path', 'tag', 'tagging'];
  for (const type of types) {
    const subject = `farm.${type}.*`;
    await expect
      .poll(
        async () => {
          const { state } = await manager.streams.info('FARM', { subjects_filter: subject });
          return Object.keys(state.subjects ?? {}).length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);
  }
  await nc.close();
});

test('each service starts again on what it has made', async () => {
  for (const handle of handles) {
    await handle.stop();
    await handle.start();
  }
  expect((await call('GET', '/v1/assemblers/core.json')).status).toBe(200);
}, 60_000);

test('no service asked either server for more than it may', async () => {
  const refusal = /violation|not authorized|Unauthorized/i;
  for (const name of ['nats-server', ...owners]) {
    const lines = (await readFile(join(home, 'servers', 'logs', `${name}.log`), 'utf8')).split('\n');
    expect(lines.filter((line) => refusal.test(line)).map((line) => line.slice(0, 300))).toEqual([]);
  }
});

test('init_mongo.ts may run again and changes nothing that works', async () => {
  expect(await servers.initMongo()).toMatch(/set right the user tags/);
  await asMongoUser('tags', (client) => client.db('tags').command({ ping: 1 }));
});

test("the tags user can neither read nor write the assemblers' database", async () => {
  await asMongoUser('tags', async (client) => {
    const refused = { code: 13 };
    const theirs = client.db('assemblers').collection('assemblers');
    await expect(theirs.insertOne({ live: true })).rejects.toMatchObject(refused);
    await expect(theirs.updateOne({}, { $set: { live: false } })).rejects.toMatchObject(refused);
    await expect(theirs.findOne({})).rejects.toMatchObject(refused);
    await expect(client.db('assemblers').createCollection('mine')).rejects.toMatchObject(refused);
    await expect(client.db('admin').collection('system.users').findOne({})).rejects.toMatchObject(refused);
  });
});

test('a user cannot drop what is its own, nor make users', async () => {
  await asMongoUser('tags', async (client) => {
    const refused = { code: 13 };
    await expect(client.db('tags').collection('tags').drop()).rejects.toMatchObject(refused);
    await expect(client.db('tags').dropDatabase()).rejects.toMatchObject(refused);
    const user = { createUser: 'eve', pwd: 'eve', roles: ['root'] };
    await expect(client.db('tags').command(user)).rejects.toMatchObject(refused);
  });
});

test('MongoDB and NATS let nobody in without a password', async () => {
  const { host } = new URL(servers.secrets.owners.tags.MONGODB_URL ?? '');
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`);
  await expect(client.db('tags').collection('tags').findOne({})).rejects.toMatchObject({ code: 13 });
  await expect(
    client.db('admin').command({ createUser: 'eve', pwd: 'eve', roles: ['root'] }),
  ).rejects.toThrow();
  await client.close();
  const nats = new URL(servers.secrets.owners.tags.NATS_URL ?? '').host;
  await expect(connect({ servers: nats, reconnect: false })).rejects.toThrow(/authorization/i);
  const wrong = { user: 'tags', pass: 'wrong' };
  await expect(connect({ servers: nats, ...wrong, reconnect: false })).rejects.toThrow(/authorization/i);
});

test('the tags user cannot publish as assemblers or registry', async () => {
  const nc = await natsAs('tags');
  const manager = await jetstreamManager(nc, { checkAPI: false });
  const before = (await manager.streams.info('FARM')).state.last_seq;
  for (const subject of [
    'farm.assembler.x',
    'farm.agent.x',
    'farm.job.1',
    'farm.source_path.x',
    'dlq.assemblers.tag',
  ]) {
    await expect(jetstream(nc).publish(subject, '{}', { timeout: 1000 })).rejects.toThrow(/permission/i);
  }
  expect((await manager.streams.info('FARM')).state.last_seq).toBe(before);
  await nc.close();
});

test('the tags user may put away what it cannot take, and forget what can never come back', async () => {
  const nc = await natsAs('tags');
  const ack = await jetstream(nc).publish('dlq.tags.agent', '{}');
  expect(ack.stream).toBe('FARM_DLQ');
  const manager = await jetstreamManager(nc, { checkAPI: false });
  expect(await manager.streams.purge('FARM_STATE', { filter: 'farm.tagging.none' })).toMatchObject({
    purged: 0,
  });
  await nc.close();
});

test('the tags user cannot purge or delete the log, nor touch the durables of others', async () => {
  const nc = await natsAs('tags');
  const forbidden = [
    '$JS.API.STREAM.PURGE.FARM',
    '$JS.API.STREAM.DELETE.FARM',
    '$JS.API.STREAM.MSG.DELETE.FARM',
    '$JS.API.STREAM.CREATE.OTHER',
    '$JS.API.CONSUMER.DELETE.FARM.assemblers_source_path_count',
    '$JS.API.CONSUMER.MSG.NEXT.FARM.assemblers_source_path_count',
  ];
  for (const subject of forbidden) {
    await expect(nc.request(subject, '{}', { timeout: 1000 })).rejects.toThrow(/permission/i);
  }
  await nc.close();
});

test.each(['_INBOX.registry.>', 'farm.>', 'farm.rpc.agent.lookup', '>'])(
  'the tags user cannot listen to %s',
  async (subject) => {
    const nc = await natsAs('tags');
    const heard = Promise.withResolvers<Error | null>();
    nc.subscribe(subject, { callback: (error) => heard.resolve(error) });
    await nc.flush();
    expect(String(await heard.promise)).toMatch(/permission/i);
    await nc.close();
  },
);
