import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenApiDocument } from '@muster/contracts';
import { findServers, type ServerBinaries, sharedBackends, startFarm } from '@muster/dev';
import { exchange } from '../http_exchange.ts';

/** A farm to be fuzzed, and nothing else: what is stored in it is thrown away. */
export interface FuzzFarm extends AsyncDisposable {
  /** The gateway's address. */
  readonly url: string;
  readonly token: string;
  readonly document: OpenApiDocument;
  /** The gateway's log, with a line for every request. */
  readonly log: string;
}

/** No write without a token, as in production; and no limit of requests, since all come from one client. */
const env = { TAGS_OPEN_WRITES: 'false', POLL_LIMIT: '0', FAILED_TOKENS_PER_MINUTE: '0', LOG_LEVEL: 'debug' };

/** Starts a whole farm in a fresh folder, with the servers given or found. */
export async function startFuzzFarm(say: (line: string) => void, given?: ServerBinaries): Promise<FuzzFarm> {
  const binaries = given ?? (await findServers({ backends: sharedBackends, say }));
  const home = await mkdtemp(join(tmpdir(), 'muster-fuzz-'));
  const leave = () => rm(home, { recursive: true, force: true });
  try {
    const farm = await startFarm({ home, port: 0, binaries, env, say });
    const described = await exchange(farm.url, { method: 'GET', path: '/openapi.json', headers: {} });
    return {
      url: farm.url,
      token: farm.token,
      document: described.body as OpenApiDocument,
      log: join(home, 'logs', 'gateway.log'),
      async [Symbol.asyncDispose]() {
        await Promise.all(Object.values(farm.processes).map((process) => process.stop('SIGKILL')));
        await farm.stop();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
