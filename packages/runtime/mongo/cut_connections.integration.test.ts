import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { mongoUnavailable } from './errors.ts';
import { openLink } from './link_fixture.ts';
import { openMongo } from './open_mongo.ts';

test('whatever the driver says when connections are reset under load is told as unavailable', async () => {
  const link = await openLink(inject('mongodbUrl'));
  const mongo = openMongo({
    url: link.url,
    database: 'cut',
    log: pino({ level: 'silent' }),
  });
  const strange: unknown[] = [];
  let failed = 0;
  let going = true;
  const ask = async () => {
    while (going) {
      await mongo.db
        .collection('none')
        .updateOne({ _id: 'a' as never }, { $set: { a: 1 } })
        .catch((error) => {
          failed += 1;
          if (mongoUnavailable(error) === undefined) strange.push(error);
        });
    }
  };
  await mongo.ping();
  const all = Array.from({ length: 40 }, ask);
  for (let at = 0; at < 40; at += 1) {
    await sleep(50);
    link.cut();
  }
  going = false;
  await Promise.all(all);
  await mongo.close();
  link.close();
  expect(strange).toEqual([]);
  expect(failed).toBeGreaterThan(0);
});
