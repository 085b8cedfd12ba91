import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { openLink } from './link_fixture.ts';
import { openMongo } from './open_mongo.ts';
import { serverEpoch } from './server_epoch.ts';

test('serverEpoch() is another one once a write was done over again, and the same while none is', async () => {
  const link = await openLink(inject('mongodbUrl'));
  const mongo = openMongo({
    url: link.url,
    database: `epoch_${randomUUID()}`,
    log: pino({ level: 'silent' }),
  });
  await mongo.ping();
  const epoch = serverEpoch(mongo.db);
  const before = epoch();
  const writes = mongo.db.collection('writes');
  for (const n of Array.from({ length: 50 }, (_, at) => at)) await writes.insertOne({ n });
  expect(epoch()).toBe(before);
  link.cutAt('done over again');
  await writes.insertOne({ text: 'done over again' });
  expect([link.wasCut(), epoch() > before]).toEqual([true, true]);
  await mongo.db.dropDatabase();
  await mongo.close();
  link.close();
});
