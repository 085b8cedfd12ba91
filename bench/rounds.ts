import { setTimeout as sleep } from 'node:timers/promises';
import type { Handle } from '@muster/dev';
import { cpuOf, memoryOf } from './process_cost.ts';
import { type Known, startSampler } from './sampler.ts';
import { type Load, type Plan, runWrk } from './wrk.ts';

/** One that takes its turn: what is asked of it, and which processes that costs. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  /** The load of a turn; writes need a new one each time. */
  readonly plan: () => Plan;
  readonly own: Handle;
  /** What lies below it: servers, and behind a gateway the service. */
  readonly below: readonly Handle[];
  /** What a sampler asks meanwhile. */
  readonly known: readonly Known[];
  /** Waits for what a turn has left to do, which counts as its cost; gives back how long that took, in ms. */
  readonly settle?: (load: Load) => Promise<number>;
}

/** One turn's figures: requests/s, ms, µs of processor time for each right answer, and MB. */
export interface Turn {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly ownCpu: number;
  readonly belowCpu: number;
  readonly memory: number;
  readonly settledMs: number;
}

/** A contender's turns, by its name. */
export type Turns = ReadonlyMap<string, readonly Turn[]>;

/** How the turns are taken. `warmed` names who needs no warm-up any more, and grows. */
export interface RoundsOptions {
  readonly label: string;
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  /** Whether all warm up at once, so long; otherwise one after another, so long each. */
  readonly warmTogether?: boolean;
  readonly warmed: Set<string>;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Takes what was wrong with an answer, in words. */
  readonly wrong: (problem: string) => void;
}

/** What is in flight as wrk ends, and collections of garbage, shall not be the next one's cost. */
const BETWEEN_MS = 150;

/** What takes more seconds is told before. */
const LONG_S = 5;

/** Lets contenders take turns, A B C A B C …, so that what changes on the machine meets all alike. */
export async function takeTurns(contenders: readonly Contender[], options: RoundsOptions): Promise<Turns> {
  const { label, warmed, warmUp, rounds, seconds, say } = options;
  const turns = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]));
  const cold = contenders.filter(({ name }) => !warmed.has(name));
  for (const { name } of cold) warmed.add(name);
  if (warmUp > LONG_S && cold.length > 0) say(`${label}: warming up for ${warmUp} s`);
  for (const together of options.warmTogether ? [cold] : cold.map((one) => [one])) {
    await Promise.all(together.map((contender) => takeTurn(contender, warmUp, options)));
  }
  for (let round = 1; round <= rounds; round += 1) {
    const told: string[] = [];
    for (const contender of contenders) {
      const turn = await takeTurn(contender, seconds, options);
      turns.get(contender.name)!.push(turn);
      told.push(`${contender.name} ${turn.rate.toFixed(0)}/s`);
    }
    say(`${label}, round ${round} of ${rounds}: ${told.join(', ')}`);
  }
  return turns;
}

async function takeTurn(contender: Contender, seconds: number, options: RoundsOptions): Promise<Turn> {
  const { name, url, own, below, known, settle } = contender;
  const { connections, folder, signal, wrong } = options;
  const pids = below.map(({ pid }) => pid);
  const sampler = startSampler(url, known);
  const [ownBefore, belowBefore] = [await cpuOf([own.pid]), await cpuOf(pids)];
  const load = await runWrk(contender.plan(), { url, connections, seconds, folder, signal }).finally(
    async () => {
      for (const problem of await sampler.stop()) wrong(`${name}, beside the load: ${problem}`);
    },
  );
  for (const problem of problemsOf(load)) wrong(`${name}: ${problem}`);
  const settledMs = (await settle?.(load)) ?? 0;
  const [ownCpu, belowCpu] = [await cpuOf([own.pid]), await cpuOf(pids)];
  const memory = await memoryOf(own.pid);
  await sleep(BETWEEN_MS);
  return {
    rate: load.right / load.seconds,
    p50: load.p50,
    p99: load.p99,
    ownCpu: (ownCpu - ownBefore) / load.right,
    belowCpu: (belowCpu - belowBefore) / load.right,
    memory: memory.now,
    settledMs,
  };
}

/** What a load says against its server, in words. */
export function problemsOf({ right, wrong, first_wrong, broken, late }: Load): string[] {
  return [
    ...(wrong > 0 ? [`${wrong} wrong answers, the first: ${first_wrong}`] : []),
    ...(broken > 0 ? [`${broken} connections broke`] : []),
    ...(late > 0 ? [`${late} requests had no answer within 10 s`] : []),
    ...(right === 0 ? ['no right answer at all'] : []),
  ];
}
