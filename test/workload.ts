import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckedFetch } from './checked_fetch.ts';
import { freshName } from './client.ts';
import { numbersFrom } from './numbers_from.ts';
import { type Known, playRound, type Settled } from './round.ts';
import { recordingWriter, Unknown, type Write } from './writes.ts';

/** What a workload did. */
export interface History {
  readonly writes: readonly Write[];
  /** What the tags whose every write was acknowledged must be on. */
  readonly settled: readonly Settled[];
  /** Answers that nothing can excuse: refusals of what must be done, successes of what must be refused, answers not as described. */
  readonly problems: readonly string[];
}

/** A workload that goes on until it is stopped or disposed of. */
export interface Workload extends AsyncDisposable {
  readonly history: History;
  /** Waits until the writes under way are answered. */
  stop(): Promise<History>;
  /** Waits until as many rounds as were asked for are played. */
  done(): Promise<History>;
}

/** How many rounds are played at once, and in all; a pause after each write, in ms; and from which seed their turns are taken. */
export interface WorkloadOptions {
  readonly seed: number;
  readonly lanes: number;
  readonly rounds?: number;
  readonly pauseMs?: number;
  readonly known?: Known;
}

/** Writes rounds over the farm's whole API until it is stopped. A round whose outcome is unknown is left where it was. */
export function startWorkload(fetch: CheckedFetch, options: WorkloadOptions): Workload {
  const { seed, lanes, rounds = Number.POSITIVE_INFINITY, pauseMs = 0, known } = options;
  const writes: Write[] = [];
  const settled: Settled[] = [];
  const problems: string[] = [];
  const run = freshName('w');
  let begun = 0;
  let stopping = false;
  const recorded = recordingWriter(fetch, (write) => writes.push(write));

  const lane = async (number: number) => {
    const random = numbersFrom(seed * 1_000 + number);
    const write: typeof recorded = async (...args) => {
      if (stopping) throw new Unknown('the workload ends');
      const answer = await recorded(...args);
      if (pauseMs > 0) await sleep(pauseMs * 2 * random());
      return answer;
    };
    while (!stopping && begun < rounds) {
      begun += 1;
      try {
        settled.push(await playRound({ write, random, name: `${run}-${begun}`, known }));
      } catch (error) {
        if (!(error instanceof Unknown)) problems.push((error as Error).message);
        await sleep(100);
      }
    }
  };
  const history = { writes, settled, problems };
  const done = Promise.all(Array.from({ length: lanes }, (_, number) => lane(number))).then(() => history);
  const stop = () => {
    stopping = true;
    return done;
  };
  return {
    history,
    stop,
    done: () => done,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
