import { setTimeout as sleep } from 'node:timers/promises';

const EACH_MS = 50;
const WITHIN_MS = 60_000;

/** Resolves once `holds` is true, asked every 50 ms. @throws {Error} naming `what` when it is not within 60 s */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${WITHIN_MS / 1_000} s in vain: ${what}`);
    await sleep(EACH_MS);
  }
}
