import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';
import { expect, inject, test } from 'vitest';
import { lives, temporaryFolder } from './fake_service.ts';
import { freePort } from './ports.ts';
import { startServers } from './start_servers.ts';

const binaries = inject('serverBinaries');

async function countAfterInsert(url: string): Promise<number> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5000 });
  try {
    const records = client.db('farm').collection('records');
    await records.insertOne({ at: new Date() }, { writeConcern: { w: 'majority' } });
    return await records.countDocuments();
  } finally {
    await client.close();
  }
}

async function messagesAfterPublish(url: string): Promise<number> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'RECORDS', subjects: ['records'], storage: 'file' });
    await manager.jetstream().publish('records', 'one');
    return (await manager.streams.info('RECORDS')).state.messages;
  } finally {
    await connection.close();
  }
}

test('startServers() keeps data over kill -9, start() and another port', async () => {
  await using folder = await temporaryFolder();
  const servers = await startServers({ home: folder.path, binaries });
  try {
    expect(await countAfterInsert(servers.mongodbUrl)).toBe(1);
    expect(await messagesAfterPublish(servers.natsUrl)).toBe(1);
    await Promise.all([servers.mongod.stop('SIGKILL'), servers.nats.stop('SIGKILL')]);
    await Promise.all([servers.mongod.start(), servers.nats.start()]);
    expect(await countAfterInsert(servers.mongodbUrl)).toBe(2);
    expect(await messagesAfterPublish(servers.natsUrl)).toBe(2);
  } finally {
    await servers.stop();
  }
  // The kept replica set names the old port as its member.
  const ports = { mongodb: await freePort(), nats: await freePort() };
  const moved = await startServers({ home: folder.path, binaries, ports });
  try {
    expect(moved.mongodbUrl).toContain(String(ports.mongodb));
    expect(await countAfterInsert(moved.mongodbUrl)).toBe(3);
    expect(await messagesAfterPublish(moved.natsUrl)).toBe(3);
  } finally {
    await moved.stop();
  }
});

test('startServers() reports which server failed, and ends the other', async () => {
  await using folder = await temporaryFolder();
  const [mongodb, nats] = [await freePort(), await freePort()];
  const start = startServers({
    home: folder.path,
    binaries: { ...binaries, mongod: '/bin/false' },
    ports: { mongodb, nats },
  });
  await expect(start).rejects.toThrow(/mongod ended before it was ready \(code 1\)/);
  await expect(connect({ servers: `127.0.0.1:${nats}`, reconnect: false })).rejects.toThrow();
});

test('Servers.stop() ends both in order within their grace', async () => {
  await using folder = await temporaryFolder();
  const servers = await startServers({ home: folder.path, binaries });
  const ends: string[] = [];
  void servers.nats.exited.then(() => ends.push('nats'));
  void servers.mongod.exited.then(({ code }) => ends.push(`mongod ${code}`));
  await servers.stop();
  // Code 0: mongod closed its files itself and was not killed.
  expect(ends).toEqual(['nats', 'mongod 0']);
  expect([lives(servers.nats.pid), lives(servers.mongod.pid)]).toEqual([false, false]);
});
