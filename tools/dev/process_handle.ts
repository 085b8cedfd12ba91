import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './farm_error.ts';
import {
  type Exit,
  endRun,
  exitText,
  type ProcessSpec,
  type Run,
  spawnRun,
  untilReady,
} from './process_run.ts';

/** One process of the farm, which can be stopped and started again with the same port and environment. */
export interface Handle {
  readonly name: string;
  /** Process id of the present run, or of the last one. */
  readonly pid: number;
  readonly running: boolean;
  /** Where it answers, when it is an HTTP service. */
  readonly url: string | undefined;
  /** File that holds all it wrote. */
  readonly log: string;
  /** Settles when the present run, or the last one, has ended. */
  readonly exited: Promise<Exit>;
  /** Ends it (SIGTERM unless another signal is given; SIGKILL once its grace is over) and keeps it down. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  /** Runs it again and resolves when it is ready; does nothing while it runs. @throws {FarmError} when it ends or is late */
  start(): Promise<void>;
}

/** How a process is looked after. */
export interface Care {
  /** Start it again when it ends unasked. */
  readonly restart?: boolean;
  readonly say?: (line: string) => void;
  /** Milliseconds before it is started again. */
  readonly restartAfter?: number;
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a process that dies with this one, even on kill -9, and resolves when it is ready.
 *
 * @throws {FarmError} with the end of its log when it ends or is not ready in time
 */
export async function startProcess(spec: ProcessSpec, care: Care = {}): Promise<Handle> {
  const { restart = false, say = () => {}, restartAfter = 1000, signal } = care;
  let wanted = true;
  let starting: Promise<void> | undefined;
  let run: Run | undefined;

  async function launch(): Promise<void> {
    const present = spawnRun(spec);
    run = present;
    await untilReady(spec, present, signal);
    void present.exited.then((exit) => {
      if (!wanted || !restart) return;
      say(
        `${spec.name} ended unasked (${exitText(exit)}), starts again in ${restartAfter / 1000} s; its log: ${spec.log}`,
      );
      void revive();
    });
  }

  async function revive(): Promise<void> {
    for (let wait = restartAfter; wanted; wait = Math.min(wait * 2, 10_000)) {
      await sleep(wait);
      // Started or stopped by hand meanwhile: then there is nothing left to do.
      if (!wanted || run?.running || starting) return;
      try {
        starting = launch();
        await starting;
        say(`${spec.name} runs again (process ${run?.child.pid})`);
        return;
      } catch (error) {
        if (wanted) say(messageOf(error));
      } finally {
        starting = undefined;
      }
    }
  }

  await launch();
  const present = () => run as Run;
  return {
    name: spec.name,
    url: spec.url,
    log: spec.log,
    get pid() {
      return present().child.pid as number;
    },
    get running() {
      return present().running;
    },
    get exited() {
      return present().exited;
    },
    async stop(signal = 'SIGTERM') {
      wanted = false;
      return await endRun(present(), signal, spec.stopWithin ?? 12_000);
    },
    async start() {
      wanted = true;
      if (starting) return await starting;
      if (present().running) return;
      starting = launch();
      await starting.finally(() => {
        starting = undefined;
      });
    },
  };
}
