import { get } from 'node:http';
import { get as getByTls } from 'node:https';
import { join } from 'node:path';
import { loopback } from './ports.ts';
import { type Care, type Handle, startProcess } from './process_handle.ts';
import { cleanEnv } from './services.ts';
import { repository } from './start_servers.ts';

/** What `startService` takes; `port` and `logs` must be given. */
export interface ServiceOptions extends Care {
  readonly port: number;
  /** Folder of the log `<label>.log`. */
  readonly logs: string;
  /** The service's settings, on top of this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Its program; `services/<name>/main.ts` unless a test gives another. */
  readonly main?: string;
  /** How this instance is called; the service's name unless several run. */
  readonly label?: string;
  readonly readyWithin?: number;
  /** Whether it serves HTTPS, as its settings say. */
  readonly tls?: boolean;
  /** Whether Node is started as it comes, not as for a service. */
  readonly plainNode?: boolean;
}

/** The program of a service. */
export function mainOf(name: string): string {
  return join(repository, 'services', name, 'main.ts');
}

/** Where Node keeps what it has compiled; a start from it takes two thirds of the processor time. */
export const compileCache = join(repository, '.muster', 'compiled');

/**
 * How Node is started, as the Dockerfile has it. New objects get 4 MB instead of 16, which costs no time and saves 20 to 50 MB under load; the
 * heap gets 512 MB at most, by which V8 also judges how much garbage may gather (docs/performance.md). What a service holds of the largest
 * tag, at a write with If-Match, is far less. V8 has one thread beside the service, not four, which would keep every core from answering
 * while they look for what is garbage.
 */
export const nodeArguments = ['--max-semi-space-size=4', '--max-old-space-size=512', '--v8-pool-size=1'];

/**
 * The variables that go with them: glibc keeps what V8's compiling threads give back in one place, not in one for each thread, and gives back
 * to the system what is more than 1 MB at its end, and each large piece.
 */
export const nodeVariables = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '1048576' } as const;

/** Starts one service with this process's Node on a loopback port and resolves when its `/readyz` answers 200. */
export async function startService(name: string, options: ServiceOptions): Promise<Handle> {
  const {
    port,
    logs,
    env,
    main = mainOf(name),
    label = name,
    readyWithin = 60_000,
    tls,
    plainNode,
    ...care
  } = options;
  const url = `${tls ? 'https' : 'http'}://${loopback}:${port}`;
  return await startProcess(
    {
      name: label,
      url,
      command: process.execPath,
      args: [...(plainNode ? [] : nodeArguments), main],
      cwd: repository,
      env: {
        NODE_COMPILE_CACHE: compileCache,
        ...(plainNode ? {} : nodeVariables),
        ...cleanEnv(process.env),
        ...env,
        HOST: loopback,
        PORT: String(port),
      },
      log: join(logs, `${label}.log`),
      ready: () => demandReady(`${url}/readyz`),
      readyWithin,
      stopWithin: 12_000,
      advice: `Next: see what the log complains of, then start again. With LOG_LEVEL=debug it says more.`,
    },
    care,
  );
}

/** Asks without a kept connection, which a service that drains would wait for. */
function demandReady(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Whether a certificate can be trusted is for clients to ask; here it is known who answers.
    const options = { agent: false, timeout: 2000, rejectUnauthorized: false };
    const ask = url.startsWith('https:') ? getByTls : get;
    const request = ask(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk.slice(0, 500);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`/readyz answers ${response.statusCode} ${body.slice(0, 500)}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error('/readyz does not answer')));
    request.on('error', reject);
  });
}
