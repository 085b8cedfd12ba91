import { readFile } from 'node:fs/promises';

const EACH_MS = 20;

/** The memory of a process that the kernel holds for it, in bytes; NaN where there is no /proc. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

/** Does some work and gives back the most memory, in bytes, that the process was seen to have meanwhile, looking every 20 ms. */
export async function peakMemory(pid: number, work: () => Promise<void>): Promise<number> {
  let peak = await residentMemory(pid);
  const look = async () => {
    peak = Math.max(peak, await residentMemory(pid));
  };
  const timer = setInterval(() => void look(), EACH_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  await look();
  return peak;
}
