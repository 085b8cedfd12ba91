import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { mongoUnavailable } from './errors.ts';
import { openMongo } from './open_mongo.ts';

/** A way to mongod that can be cut by a reset. */
async function openLink(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one.setNoDelay());
      one.on('error', () => {}).pipe(other);
      one.on('close', () => sockets.delete(one) && other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () => void server.close(),
  };
}

test('whatever the driver says when connections are reset under load is told as unavailable', async () => {
  const link = await openLink(Number(new URL(inject('mongodbUrl')).port));
  const mongo = openMongo({
    url: `mongodb://127.0.0.1:${link.port}/?directConnection=true`,
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
