import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { type Mongo, openMongo } from '../mongo/open_mongo.ts';
import { followChanges } from './follow_changes.ts';

const log = pino({ level: 'silent' });
let mongo: Mongo;

beforeAll(() => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `test_${randomUUID()}`, log });
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

test('followChanges() tells every change soon, whoever made it, and that there was none, until it is stopped', async () => {
  const told = { changes: 0, restAt: 0 };
  const news = {
    onChange: () => {
      told.changes += 1;
    },
    onRest: (at: number) => {
      told.restAt = at;
    },
    log,
  };
  const following = followChanges(mongo.db, [{ name: 'seen' }], news);
  await vi.waitFor(() => expect(told.restAt).toBeGreaterThan(0), 5_000);
  // What was before it began counts as one.
  expect(told.changes).toBe(1);
  for (const count of [2, 3]) {
    await mongo.db.collection('other').insertOne({});
    await mongo.db.collection('seen').insertOne({});
    const written = performance.now();
    await vi.waitFor(() => expect(told.changes).toBe(count), 1_000);
    expect(told.restAt).toBeLessThan(performance.now());
    await vi.waitFor(() => expect(told.restAt).toBeGreaterThan(written), 2_000);
  }
  // As a restored database does; it is gone, and the new one is followed.
  await mongo.db.dropDatabase();
  await vi.waitFor(() => expect(told.changes).toBeGreaterThan(3), 5_000);
  const before = told.changes;
  await vi.waitFor(async () => {
    await mongo.db.collection('seen').insertOne({});
    expect(told.changes).toBeGreaterThan(before + 1);
  }, 5_000);
  await following.stop();
  const { changes, restAt } = told;
  await mongo.db.collection('seen').insertOne({});
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(told).toEqual({ changes, restAt });
});
