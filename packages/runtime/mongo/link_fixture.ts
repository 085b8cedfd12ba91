import { connect, createServer, type Socket } from 'node:net';

/**
 * Opens a way to a mongod that can be cut by a reset: all of its connections at once (`cut`), or the one that next brings a text to the
 * server (`cutAt`), before it arrives.
 */
export async function openLink(mongodbUrl: string) {
  const mongod = Number(new URL(mongodbUrl).port);
  const sockets = new Set<Socket>();
  let fatal: string | undefined;
  const server = createServer((near) => {
    const far = connect(mongod, '127.0.0.1');
    near.on('data', (bytes) => {
      if (fatal === undefined || !bytes.includes(fatal)) return;
      fatal = undefined;
      near.resetAndDestroy();
    });
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
  const { port } = server.address() as { port: number };
  return {
    url: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    cutAt: (text: string) => {
      fatal = text;
    },
    wasCut: () => fatal === undefined,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () => void server.close(),
  };
}
