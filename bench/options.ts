import { parseArgs } from 'node:util';

/** Every goal's name, in the order in which they are measured. The memory under load is judged once all load is over. */
export const goalNames = ['P1', 'P2', 'P3', 'P6', 'P4', 'P5', 'P10', 'P7', 'P9', 'P8'] as const;

/** A goal's name. */
export type GoalName = (typeof goalNames)[number];

/** How much is measured: `rounds` of `seconds` each after `warmUp` seconds, and so on. */
export interface Extent {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  /** Seconds of warm-up at one connection, of all at once, where each request is an operation of its own. */
  readonly warmUpSingle: number;
  /** Seconds of each round at a fixed rate. */
  readonly steadySeconds: number;
  /** Seconds after which a service that nobody asks is idle. */
  readonly idleSeconds: number;
  readonly starts: number;
  /** How many are stored at every contender. */
  readonly assemblers: number;
  readonly tags: number;
  /** The agents of the tag that is large. */
  readonly manyAgents: number;
}

/** What the program was asked to do. */
export interface Options {
  readonly quick: boolean;
  readonly only: ReadonlySet<GoalName>;
  /** The file for the report as JSON. */
  readonly json: string;
  readonly extent: Extent;
}

const whole: Extent = {
  rounds: 5,
  seconds: 2,
  warmUp: 3,
  warmUpSingle: 36,
  steadySeconds: 4,
  idleSeconds: 10,
  starts: 5,
  assemblers: 2_000,
  tags: 500,
  manyAgents: 100_000,
};

const short: Extent = {
  rounds: 1,
  seconds: 1,
  warmUp: 1,
  // In less, each tag is not read twice, and has no view.
  warmUpSingle: 5,
  steadySeconds: 1,
  idleSeconds: 3,
  starts: 2,
  assemblers: 400,
  tags: 100,
  manyAgents: 2_000,
};

/** Reads the arguments of the command line. @throws {Error} for one that is unknown, in words for who gave it */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string', default: '.results/bench.json' },
    },
  });
  const names = values.only?.split(',').map((name) => name.trim().toUpperCase());
  const unknown = names?.filter((name) => !goalNames.some((known) => known === name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`Unknown goal ${unknown.join(', ')}. Known are: ${known()}.`);
  }
  const only = new Set(goalNames.filter((name) => names?.includes(name) ?? true));
  return { quick: values.quick, only, json: values.json, extent: values.quick ? short : whole };
}

const known = (): string => goalNames.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))).join(', ');
