import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Measure } from '../bench.ts';
import { oneReaders } from '../contenders.ts';
import { memoryOf } from '../process_cost.ts';
import { judgeLimit } from '../report.ts';
import { takeTurns } from '../rounds.ts';
import type { Stage } from '../stage.ts';
import { creator } from './creates.ts';

const services = ['tags', 'assemblers', 'registry', 'gateway'] as const;

/** The resident memory of each service in MB, after so many seconds in which nobody asked it anything. */
export async function idleMemory(
  stage: Stage,
  seconds: number,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  await sleep(seconds * 1_000, undefined, { signal });
  const found = services.map(async (name) => [name, (await memoryOf(stage.process(name).pid)).now] as const);
  return new Map(await Promise.all(found));
}

/** P8: the memory of each service, idle and at its highest under all the load before; a little load of its own makes sure of some. */
export const memory: Measure = async (bench) => {
  await someLoad(bench);
  const highest = new Map<string, number>();
  for (const name of services) highest.set(name, (await memoryOf(bench.stage.process(name).pid)).highest);
  return (
    [
      ['memory, idle', bench.idle, 90],
      ['memory, highest', highest, 150],
    ] as const
  ).map(([what, found, limit]) => {
    const figures = services.map((name) => `${name} ${found.get(name)?.toFixed(0)}`).join(', ');
    return judgeLimit({ goal: 'P8', what, figures }, Math.max(...found.values()), { limit, unit: 'MB' });
  });
};

async function someLoad(bench: Bench): Promise<void> {
  const { stage, extent, signal, say, wrong } = bench;
  const { gateway } = oneReaders(bench);
  const create = { ...creator(bench, 'memory create', stage.process('gateway')), below: [] };
  await takeTurns([gateway('assembler'), gateway('tag'), create], {
    ...{ label: 'P8', connections: 32, rounds: 1, seconds: extent.seconds, warmUp: 1, folder: stage.home },
    ...{ signal, say, wrong, warmed: new Set(['gateway assembler', 'gateway tag', 'memory create']) },
  });
}
