import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openLink } from './link_fixture.ts';
import { type Mongo, openMongo } from './open_mongo.ts';
import { readAtOnce } from './read_at_once.ts';

type Row = { _id: number; group: string; size: string };

const database = `test_${randomUUID()}`;
let link: Awaited<ReturnType<typeof openLink>>;
let mongo: Mongo;

beforeAll(async () => {
  link = await openLink(inject('mongodbUrl'));
  mongo = openMongo({ url: link.url, database, log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
  link.close();
});

const filled = async (rows: readonly Row[]) => {
  const collection = mongo.db.collection<Row>(`rows_${randomUUID()}`);
  await collection.insertMany([...rows]);
  return collection;
};
const small = [3, 1, 2].map((_id) => ({ _id, group: _id === 3 ? 'b' : 'a', size: 'small' }));

test('documents are chosen, ordered, cut to what is wanted of them and to the limit', async () => {
  const rows = await filled(small);
  const query = { filter: { group: 'a' }, projection: { _id: 1 }, sort: { _id: -1 } } as const;
  expect(await readAtOnce(rows, { ...query, limit: 5 })).toEqual([{ _id: 2 }, { _id: 1 }]);
  expect(await readAtOnce(rows, { ...query, limit: 1 })).toEqual([{ _id: 2 }]);
  expect(await readAtOnce(rows, { filter: { _id: 9 }, projection: {}, limit: 1 })).toEqual([]);
});

test('what is too large for one answer is read whole', async () => {
  const rows = await filled(small.map((row) => ({ ...row, size: 'x'.repeat(7_000_000) })));
  const found = await readAtOnce<Row, Row>(rows, { filter: {}, projection: {}, limit: 3 });
  expect(found.map(({ size }) => size.length)).toEqual([7_000_000, 7_000_000, 7_000_000]);
});

test('a read whose connection is lost is done again', async () => {
  const rows = await filled(small);
  link.cutAt(rows.collectionName);
  expect(await readAtOnce(rows, { filter: { _id: 1 }, projection: { _id: 1 }, limit: 1 })).toEqual([
    { _id: 1 },
  ]);
  expect(link.wasCut()).toBe(true);
});

test('what the server refuses is thrown', async () => {
  const rows = await filled(small);
  await expect(readAtOnce(rows, { filter: { $no: 1 } as never, projection: {}, limit: 1 })).rejects.toThrow(
    '$no',
  );
});
