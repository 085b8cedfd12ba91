import { readFile } from 'node:fs/promises';

/** USER_HZ, in which Linux tells processor time: 100 on every architecture that Node is built for. */
const TICKS_PER_SECOND = 100;

/** The processor time that a process and its threads have taken, in µs, from the text of its `/proc/<pid>/stat`. */
export function cpuOfStat(stat: string): number {
  // The command's name, in parentheses, may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return ((user + system) * 1e6) / TICKS_PER_SECOND;
}

/** The memory of a process in MB (10^6 bytes): resident now, and the highest ever, from the text of its `/proc/<pid>/status`. */
export function memoryOfStatus(status: string): { readonly now: number; readonly highest: number } {
  const read = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? Number.NaN : (Number(kibibytes) * 1024) / 1e6;
  };
  return { now: read('VmRSS'), highest: read('VmHWM') };
}

/** The processor time of some processes together so far, in µs. @throws {Error} when one of them is gone */
export async function cpuOf(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')));
  return stats.reduce((sum, stat) => sum + cpuOfStat(stat), 0);
}

/** The memory of a process in MB, now and at its highest. @throws {Error} when it is gone */
export const memoryOf = async (pid: number): Promise<{ readonly now: number; readonly highest: number }> =>
  memoryOfStatus(await readFile(`/proc/${pid}/status`, 'utf8'));
