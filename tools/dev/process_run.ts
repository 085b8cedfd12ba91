import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FarmError, messageOf } from './farm_error.ts';
import { openLog, tailOf } from './process_log.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run, and how to know that it is ready. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
  readonly url?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves when the process answers as it should, rejects with the reason while it does not. */
  readonly ready: () => Promise<unknown>;
  /** Milliseconds until a process that is not ready counts as failed. */
  readonly readyWithin?: number;
  /** Milliseconds between the signal to end and SIGKILL. */
  readonly stopWithin?: number;
  /** What to do next, said with a failed start. */
  readonly advice?: string;
}

/** One run of a process, from its spawn to its end. */
export interface Run {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** Length of the log when this run began. */
  readonly logStart: number;
}

// Where no setpriv ties a child to us, an orderly exit of ours still ends it.
const live = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

/** Runs the command with its output in the log, tied to this process's life. */
export function spawnRun({ command, args, cwd, env, log, name }: ProcessSpec): Run {
  const { fd, size } = openLog(log);
  const [file, ...rest] = [...tied(), command, ...args] as [string, ...string[]];
  // A session of its own, so that Ctrl-C reaches the launcher alone and it can end all in order.
  const child = spawn(file, rest, {
    cwd,
    env: env ?? process.env,
    stdio: ['ignore', fd, fd],
    detached: true,
  });
  closeSync(fd);
  live.add(child);
  let running = true;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      running = false;
      live.delete(child);
      resolve({ code, signal });
    });
    child.once('error', (error) => {
      running = false;
      live.delete(child);
      reject(new FarmError(`Cannot start ${name}: ${error.message}`));
    });
  });
  exited.catch(() => {});
  return {
    child,
    exited,
    logStart: size,
    get running() {
      return running;
    },
  };
}

let tie: readonly string[] | undefined;

/**
 * The command prefix that ties a child's life to this process: the kernel kills it when we die. The shell line closes the gap
 * between fork and that promise, in which we may have died already. Empty where setpriv cannot do it.
 */
export function tied(): readonly string[] {
  const able = () => spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  tie ??= able()
    ? ['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', 'test "$PPID" = "$0" && exec "$@"', String(process.pid)]
    : [];
  return tie;
}

/**
 * Resolves when the run is ready.
 *
 * @throws {FarmError} with the end of its log when it ends, is late or `signal` gives it up; it is ended then
 */
export async function untilReady(spec: ProcessSpec, run: Run, signal?: AbortSignal): Promise<void> {
  const within = spec.readyWithin ?? 60_000;
  const deadline = Date.now() + within;
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (signal?.aborted) {
      await endRun(run, 'SIGTERM', 3000);
      throw new FarmError(`${spec.name} was given up before it was ready.`);
    }
    if (!run.running) throw failed(spec, run, `ended before it was ready (${exitText(await run.exited)})`);
    try {
      await spec.ready();
      if (run.running) return;
    } catch (error) {
      last = messageOf(error);
    }
    await Promise.race([sleep(50), run.exited.catch(() => {})]);
  }
  await endRun(run, 'SIGKILL', 0);
  throw failed(spec, run, `was not ready within ${within / 1000} s (${last})`);
}

function failed({ name, log, advice }: ProcessSpec, run: Run, what: string): FarmError {
  const tail = tailOf(log, run.logStart);
  return new FarmError([`${name} ${what}. The end of ${log}:`, tail, advice ?? ''].join('\n').trimEnd());
}

/** Ends the run by the signal, or by SIGKILL after `within` milliseconds, and tells how it ended. */
export async function endRun(run: Run, signal: NodeJS.Signals, within: number): Promise<Exit> {
  if (run.running) {
    run.child.kill(signal);
    const late = setTimeout(() => run.child.kill('SIGKILL'), within);
    await run.exited.finally(() => clearTimeout(late));
  }
  return await run.exited;
}

/** How a process ended, in words. */
export function exitText({ code, signal }: Exit): string {
  return signal ? `signal ${signal}` : `code ${code}`;
}
