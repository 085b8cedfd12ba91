import { open } from 'node:fs/promises';

/** What the gateway answered: how many by the first digit of their status, and the slowest of them. */
export interface Answered {
  readonly requests: number;
  readonly classes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

/** How long a log is, in bytes. */
export async function lengthOf(log: string): Promise<number> {
  await using file = await open(log);
  return (await file.stat()).size;
}

/** Reads what the gateway answered after its log had so many bytes; it writes a line for every request. */
export async function answeredSince(log: string, from: number): Promise<Answered> {
  await using file = await open(log);
  const classes: Record<string, number> = {};
  let slowestMs = 0;
  let requests = 0;
  for await (const line of file.readLines({ start: from })) {
    const [, path, status, ms] =
      /"path":("(?:[^"\\]|\\.)*"),"status":(\d+),"ms":([\d.]+).*"msg":"request"/.exec(line) ?? [];
    if (status === undefined || path === '"/readyz"') continue;
    const name = `${status[0]}xx`;
    classes[name] = (classes[name] ?? 0) + 1;
    slowestMs = Math.max(slowestMs, Number(ms));
    requests += 1;
  }
  return { requests, classes, slowestMs };
}
