import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, type Handle, type ServerBinaries, startProcess } from '@muster/dev';
import { makeSecrets, type Secrets } from './secrets.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..', '..');

/** Real servers with the users and rights that the deployment ships. */
export type SecuredServers = {
  readonly secrets: Secrets;
  /** Runs the deployment's `init_mongo.ts` once more and gives back what it says. */
  readonly initMongo: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Starts mongod with a key file and nats-server with `deploy/nats.conf`, on loopback ports, and runs `initMongo`, a program. */
export async function startSecuredServers(
  home: string,
  { binaries, initMongo: script }: { binaries: ServerBinaries; initMongo: string },
): Promise<SecuredServers> {
  const ports = { mongo: await freePort(), nats: await freePort() };
  const secrets = await makeSecrets(join(home, 'deploy'), ports);
  const handles: Handle[] = [];
  const initMongo = async () => {
    const address = `127.0.0.1:${ports.mongo}`;
    const env = { ...secrets.mongoInit, MONGO_URL: `mongodb://${address}`, MONGO_MEMBER: address };
    return (await run(process.execPath, [script], { env })).stdout;
  };
  const stop = async () => {
    for (const handle of handles) await handle.stop();
  };
  try {
    const key = secrets.mongo.MONGO_KEY ?? '';
    handles.push(await startMongod(home, { binary: binaries.mongod, port: ports.mongo, key }));
    handles.push(await startNats(home, { binary: binaries.natsServer, port: ports.nats, env: secrets.nats }));
    await initMongo();
  } catch (error) {
    await stop();
    throw error;
  }
  return { secrets, initMongo, stop };
}

async function startMongod(
  home: string,
  { binary, port, key }: { binary: string; port: number; key: string },
): Promise<Handle> {
  const dbpath = join(home, 'mongodb');
  await mkdir(dbpath, { recursive: true });
  await writeFile(join(home, 'key'), key, { mode: 0o600 });
  const own = ['--dbpath', dbpath, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
  return startProcess({
    name: 'mongod',
    command: binary,
    args: ['--replSet', 'rs0', '--keyFile', join(home, 'key'), '--wiredTigerCacheSizeGB', '0.3', ...own],
    log: join(home, 'logs', 'mongod.log'),
    ready: () => accepts(port),
    stopWithin: 20_000,
  });
}

async function startNats(
  home: string,
  { binary, port, env }: { binary: string; port: number; env: NodeJS.ProcessEnv },
): Promise<Handle> {
  const config = join(repository, 'deploy', 'nats.conf');
  const own = [
    '-sd',
    join(home, 'nats'),
    '-a',
    '127.0.0.1',
    '-p',
    String(port),
    '-m',
    String(await freePort()),
  ];
  return startProcess({
    name: 'nats-server',
    command: binary,
    args: ['--config', config, ...own],
    env: { PATH: process.env.PATH, ...env },
    log: join(home, 'logs', 'nats-server.log'),
    ready: () => accepts(port),
  });
}

function accepts(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
