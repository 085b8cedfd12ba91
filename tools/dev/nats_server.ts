import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { FarmError, messageOf } from './farm_error.ts';
import type { ServerPlace } from './mongod.ts';
import { loopback } from './ports.ts';
import { type Care, type Handle, startProcess } from './process_handle.ts';

/** The address of the embedded nats-server. */
export function natsUrlOf(port: number): string {
  return `nats://${loopback}:${port}`;
}

/** Starts nats-server with JetStream on kept data in `<home>/nats` and resolves when JetStream answers. */
export async function startNatsServer(
  { home, binary, port, limitMb }: ServerPlace,
  care: Care = {},
): Promise<Handle> {
  const store = join(home, 'nats');
  const config = join(home, 'nats.conf');
  await mkdir(store, { recursive: true });
  await writeFile(config, configText(store, { port, limitMb }));
  return await startProcess(
    {
      name: 'nats-server',
      command: binary,
      args: ['--config', config],
      log: join(home, 'logs', 'nats-server.log'),
      ready: () => demandJetStream(natsUrlOf(port), 1000),
      readyWithin: 90_000,
      stopWithin: 15_000,
      advice: `Next: see what the log complains of. Events can be built again: removing ${store} loses no record.`,
    },
    care,
  );
}

function configText(store: string, { port, limitMb }: Pick<ServerPlace, 'port' | 'limitMb'>): string {
  return [
    '# Written at every start.',
    `listen: "${loopback}:${port}"`,
    'server_name: muster',
    'jetstream {',
    `  store_dir: ${JSON.stringify(store)}`,
    '  # The default syncs every two minutes: what was acknowledged since then dies with the machine.',
    '  sync_interval: always',
    ...(limitMb === undefined ? [] : [`  max_file_store: ${limitMb}MB`]),
    '}',
    '',
  ].join('\n');
}

async function demandJetStream(url: string, within: number): Promise<void> {
  const connection = await connect({ servers: url, timeout: within, reconnect: false });
  try {
    await connection.request('$JS.API.INFO', '', { timeout: within });
  } finally {
    await connection.close();
  }
}

/** Refuses a given NATS that does not answer or lacks JetStream. @throws {FarmError} with the reason */
export async function demandNats(url: string): Promise<void> {
  await demandJetStream(url, 5000).catch((error: unknown) => {
    throw new FarmError(`NATS_URL is given, but no NATS with JetStream answers there: ${messageOf(error)}`);
  });
}
