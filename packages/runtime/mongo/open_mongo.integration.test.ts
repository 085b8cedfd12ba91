import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { openMongo } from './open_mongo.ts';

test('the connections that a rush of operations opened are closed once they have been idle for 10 s', async () => {
  const mongo = openMongo({
    url: inject('mongodbUrl'),
    database: 'rush',
    log: pino({ level: 'silent' }),
  });
  let open = 0;
  mongo.client.on('connectionCreated', () => (open += 1)).on('connectionClosed', () => (open -= 1));
  await mongo.ping();
  await Promise.all(Array.from({ length: 40 }, () => mongo.db.command({ hello: 1 })));
  expect(open).toBeGreaterThan(1);
  await expect.poll(() => open, { timeout: 15_000, interval: 100 }).toBe(0);
  await mongo.ping();
  await mongo.close();
}, 30_000);
