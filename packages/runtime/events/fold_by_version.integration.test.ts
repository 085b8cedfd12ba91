import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Mongo, openMongo } from '../mongo/open_mongo.ts';
import { log } from './fixture.ts';
import { foldByVersion } from './fold_by_version.ts';

type Copy = { _id: string; v: number; name: string };

let mongo: Mongo;
const copies = () => mongo.db.collection<Copy>('copies');
const doc = (v: number, _id = 'a'): Copy => ({ _id, v, name: `n${v}` });

beforeAll(() => {
  mongo = openMongo({ url: inject('mongodbUrl'), database: `test_${randomUUID()}`, log });
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

test('foldByVersion() takes versions in any order and keeps the newest', async () => {
  await foldByVersion(copies(), []);
  await foldByVersion(copies(), [doc(3)]);
  await foldByVersion(copies(), [doc(2), doc(1, 'b')]);
  expect(await copies().find().toArray()).toEqual([doc(3), doc(1, 'b')]);
});

test('foldByVersion() keeps the newest of versions that several take in at once', async () => {
  for (let round = 0; round < 30; round += 1) {
    const _id = `r${round}`;
    await Promise.all([1, 2, 3, 4].map((v) => foldByVersion(copies(), [doc(v, _id)])));
    expect(await copies().findOne({ _id })).toEqual(doc(4, _id));
  }
});

test('foldByVersion() tells of what another unique index refuses', async () => {
  await copies().createIndex({ name: 1 }, { unique: true, partialFilterExpression: { _id: { $gte: 'x' } } });
  await foldByVersion(copies(), [doc(1, 'x')]);
  await expect(foldByVersion(copies(), [doc(1, 'y')])).rejects.toThrow('E11000');
});
