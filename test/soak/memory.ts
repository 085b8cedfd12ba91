import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Farm, Handle } from '@muster/dev';
import { eventually } from '../eventually.ts';

/** The memory of a process in bytes; its heap is known where it tells it. */
export interface Memory {
  readonly resident: number;
  readonly heap: number | undefined;
}

const SAMPLES = 5;
const MIB = 1024 * 1024;

/** What the kernel counts as a process's own. */
export async function residentOf({ pid }: Handle): Promise<number> {
  const pages = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1];
  return Number(pages) * 4096;
}

/** The memory of every process of a quiet farm, after its garbage is collected: medians of five looks, a second apart. */
export async function measure(farm: Farm, telling: ReadonlySet<string>): Promise<Map<string, Memory>> {
  const handles = Object.values(farm.processes);
  const looks: Map<string, Memory>[] = [];
  for (let look = 0; look < SAMPLES; look += 1) {
    const seen = handles.map(async (handle) => {
      const heap = telling.has(handle.name) ? await askedHeap(handle) : undefined;
      return [handle.name, { resident: await residentOf(handle), heap }] as const;
    });
    await sleep(1_000);
    looks.push(new Map(await Promise.all(seen)));
  }
  const middle = (name: string, of: (memory: Memory) => number | undefined) =>
    looks.map((look) => of(look.get(name)!) ?? 0).toSorted((a, b) => a - b)[Math.floor(SAMPLES / 2)]!;
  return new Map(
    handles.map(({ name }) => [
      name,
      {
        resident: middle(name, ({ resident }) => resident),
        heap: telling.has(name) ? middle(name, ({ heap }) => heap) : undefined,
      },
    ]),
  );
}

/** Has a process collect its garbage and tell its heap. @throws {Error} when it has not done so within 10 s */
async function askedHeap({ log, name, pid }: Handle): Promise<number> {
  const told = async () => [...(await readFile(log, 'utf8')).matchAll(/^\{"memory":(\{.*\})\}$/gm)];
  const before = (await told()).length;
  process.kill(pid, 'SIGURG');
  return await eventually(async () => {
    const [, line] = (await told())[before] ?? [];
    if (line === undefined) throw new Error(`${name} did not tell its memory; see ${log}`);
    return (JSON.parse(line) as { heap: number }).heap;
  });
}

/** A table of two measurements, in MiB, and what grew by more than a tenth among the processes that tell their heap. */
export function compare(
  before: ReadonlyMap<string, Memory>,
  after: ReadonlyMap<string, Memory>,
): { readonly table: string; readonly grown: readonly string[] } {
  const grown: string[] = [];
  const cell = (name: string, from: number | undefined, to: number | undefined, judged: boolean) => {
    if (from === undefined || to === undefined) return '–'.padStart(24);
    const percent = (100 * (to - from)) / from;
    if (judged && percent > 10) grown.push(`${name}: ${percent.toFixed(1)} % more than at first`);
    const mib = (bytes: number) => (bytes / MIB).toFixed(1);
    return `${mib(from)} → ${mib(to)} (${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %)`.padStart(24);
  };
  const rows = [...before].map(([name, from]) => {
    const to = after.get(name)!;
    const judged = from.heap !== undefined;
    return `${name.padEnd(12)}${cell(`${name}'s resident memory`, from.resident, to.resident, judged)}${cell(`${name}'s heap`, from.heap, to.heap, judged)}`;
  });
  return {
    table: [`${'MiB'.padEnd(12)}${'resident'.padStart(24)}${'heap'.padStart(24)}`, ...rows].join('\n'),
    grown,
  };
}
