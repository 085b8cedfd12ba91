import type { FarmLog } from './farm_log.ts';
import type { Extent, GoalName } from './options.ts';
import { type Judged, type Raw, rawOf } from './report.ts';
import { type Contender, type Turns, takeTurns } from './rounds.ts';
import type { Data } from './seed.ts';
import type { Stage } from './stage.ts';

/** What every goal is measured with; `raw` grows as it goes on. */
export interface Bench {
  readonly stage: Stage;
  readonly data: Data;
  readonly log: FarmLog;
  readonly extent: Extent;
  /** Whom no turn has to warm up any more. */
  readonly warmed: Set<string>;
  readonly raw: Raw[];
  /** The memory of each service when nobody asked it anything, in MB. */
  readonly idle: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly wrong: (problem: string) => void;
}

/** Measures one goal. */
export type Measure = (bench: Bench) => Promise<Judged[]>;

/** The connections of a load unless a goal says otherwise. */
export const CONNECTIONS = 32;

/** Lets a goal's contenders take turns, and keeps their figures. */
export async function compare(
  bench: Bench,
  contenders: readonly Contender[],
  { goal, connections = CONNECTIONS }: { readonly goal: GoalName; readonly connections?: number },
): Promise<Turns> {
  const { stage, extent, warmed, raw, signal, say, wrong } = bench;
  const isSingle = connections === 1;
  // Whoever joins requests has asked the driver too seldom at many connections for V8 to have made fast code of it.
  const warm = isSingle
    ? { warmed: new Set<string>(), warmUp: extent.warmUpSingle, warmTogether: true }
    : { warmed, warmUp: extent.warmUp };
  const label = connections === CONNECTIONS ? goal : `${goal} at ${connections}`;
  const turns = await takeTurns(contenders, {
    ...{ label, connections, signal, say, ...warm },
    ...{ rounds: extent.rounds, seconds: extent.seconds },
    folder: stage.home,
    wrong: (problem) => wrong(`${goal}: ${problem}`),
  });
  raw.push(...rawOf(label, turns));
  return turns;
}

/** One figure of each turn of a contender. @throws {Error} for a contender that was not there */
export function figures(turns: Turns, name: string, of: 'rate' | 'p99' | 'ownCpu' = 'rate'): number[] {
  const found = turns.get(name);
  if (found === undefined) throw new Error(`there is no contender ${name}`);
  return found.map((turn) => turn[of]);
}
