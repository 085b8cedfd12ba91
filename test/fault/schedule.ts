import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultFarm } from './farm.ts';
import { faults, type Marks, type Planned } from './faults.ts';
import type { Random } from './world.ts';

/** A fault as it happened; ms of the history's clock. */
export interface Happened {
  readonly kind: string;
  readonly on: string;
  readonly from: number;
  readonly to: number;
  readonly hidesGateway: boolean;
}

/** Faults, one after another and some at once, in an order that the seed decides. */
export interface Schedule {
  readonly happened: readonly Happened[];
  /** Breaks the farm for so many ms, and resolves once all is mended. */
  run(forMs: number): Promise<void>;
}

/** One in four faults begins while another goes on. */
const OVERLAPS = 0.25;

/** Makes a schedule of the kinds given, each of which has its turn before any comes again. */
export function makeSchedule(
  farm: FaultFarm,
  options: {
    readonly kinds: readonly string[];
    readonly random: Random;
    readonly seconds: number;
    readonly marks: Marks;
    readonly say: (line: string) => void;
  },
): Schedule {
  const { kinds, random, seconds, marks, say } = options;
  const happened: Happened[] = [];
  const locked = new Set<string>();
  let left: string[] = [];

  const shuffled = () =>
    kinds
      .map((kind) => [random(), kind] as const)
      .sort(([one], [other]) => one - other)
      .map(([, kind]) => kind);

  /** The next fault that is in nobody's way; undefined when all are. */
  const take = (): Planned | undefined => {
    if (left.length === 0) left = shuffled();
    for (const [at, kind] of left.entries()) {
      const [name = '', match] = kind.split(':');
      const planned = faults[name]?.({ random, seconds, match });
      if (planned === undefined) throw new Error(`there is no fault ${kind}`);
      if (planned.locks.some((lock) => locked.has(lock))) continue;
      left.splice(at, 1);
      return planned;
    }
    return undefined;
  };
  const run = async (planned: Planned) => {
    for (const lock of planned.locks) locked.add(lock);
    const from = performance.now();
    say(`${planned.kind}: ${planned.on}`);
    await planned.run(farm, marks);
    const { kind, on, hidesGateway } = planned;
    happened.push({ kind, on, hidesGateway, from, to: performance.now() });
    for (const lock of planned.locks) locked.delete(lock);
  };
  return {
    happened,
    async run(forMs) {
      const end = performance.now() + forMs;
      const running = new Set<Promise<void>>();
      let failure: unknown;
      while (performance.now() < end && failure === undefined) {
        const planned = running.size < 2 ? take() : undefined;
        if (planned !== undefined) {
          const one = run(planned)
            .catch((error: unknown) => {
              failure ??= error;
            })
            .finally(() => running.delete(one));
          running.add(one);
        }
        const overlaps = random() < OVERLAPS && running.size < 2;
        if (overlaps) await sleep(300 + random() * 700);
        else {
          await Promise.all(running);
          await sleep(500 + random() * 1_500);
        }
      }
      await Promise.all(running);
      if (failure !== undefined) throw failure;
    },
  };
}
