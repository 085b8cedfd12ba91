import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerError } from 'mongodb';
import { expect, test } from 'vitest';
import { duplicateKey, mongoUnavailable } from './errors.ts';

test('mongoUnavailable() takes what says "not now" for a 503, and nothing else', () => {
  const away = [
    new MongoNetworkError('connection reset'),
    new MongoServerError({ message: 'not primary', code: 10107 }),
    new MongoServerError({ message: 'shutting down', code: 11600 }),
    new MongoServerError({ message: 'retry', errorLabels: ['RetryableWriteError'] }),
    // The driver does not export the class of a wait for a connection that took too long.
    Object.defineProperty(new MongoError('no connection'), 'name', { value: 'MongoWaitQueueTimeoutError' }),
  ];
  const bulk = new MongoBulkWriteError(new MongoNetworkError('cut'), {} as never);
  expect(mongoUnavailable(bulk)?.code).toBe('unavailable');
  for (const code of ['EPIPE', 'ECONNRESET', 'ETIMEDOUT']) {
    const broken = Object.assign(new Error(`write ${code}`), { code });
    expect(mongoUnavailable(broken)?.code).toBe('unavailable');
  }
  for (const error of away) {
    expect(mongoUnavailable(error)).toMatchObject({
      code: 'unavailable',
      key: 'mongodb_unavailable',
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
  const others = [new Error('x'), new MongoServerError({ message: 'bad', code: 2 }), undefined];
  for (const error of others) expect(mongoUnavailable(error)).toBeUndefined();
});

test('duplicateKey() names the fields of the index', () => {
  const error = new MongoServerError({ message: 'E11000', code: 11000, keyPattern: { 'state.name': 1 } });
  expect(duplicateKey(error)).toEqual(['state.name']);
  expect(duplicateKey(new MongoServerError({ message: 'x', code: 1 }))).toBeUndefined();
  expect(duplicateKey(new MongoBulkWriteError({ message: 'x', code: 1, writeErrors: [] }, {} as never))).toBe(
    undefined,
  );
});
