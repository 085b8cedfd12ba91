import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What every answer of a load must be: this status, and a body that begins so. */
interface Expected {
  readonly status: number;
  readonly begins: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Reads of many addresses, in a pseudo-random order that is the same each time. */
export interface ReadPlan extends Expected {
  readonly paths: readonly string[];
}

/**
 * Writes to one address; each `%d` (or `%012x` …) of `template` becomes a number that counts up from `start`. Where `acknowledged` is a Lua
 * pattern with one capture, what it captures of each right answer is told.
 */
export interface WritePlan extends Expected {
  readonly path: string;
  readonly template: string;
  readonly start: number;
  readonly acknowledged?: string;
}

/** A load that wrk can make. */
export type Plan = ReadPlan | WritePlan;

/** What came of one run of wrk; latencies in ms. `counter` is the last number that was sent. */
export interface Load {
  readonly seconds: number;
  readonly right: number;
  readonly wrong: number;
  readonly first_wrong: string;
  readonly counter: number;
  /** Connections that could not be made or broke. */
  readonly broken: number;
  /** Requests without an answer for 10 s. */
  readonly late: number;
  readonly p50: number;
  readonly p99: number;
  readonly acknowledged: readonly string[];
}

/** How hard and for how long, and where the plan is put. */
export interface Strength {
  readonly url: string;
  readonly connections: number;
  /** Whole ones; wrk knows no parts. */
  readonly seconds: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** On two cores a second one gained nothing, even before a server whose answers stand ready. */
const THREADS = 1;

/** Puts a load on a server and tells what came of it. @throws {Error} when wrk fails */
export async function runWrk(plan: Plan, strength: Strength): Promise<Load> {
  const { url, connections, seconds, folder, signal } = strength;
  const file = join(folder, `plan_${randomUUID()}.lua`);
  await writeFile(file, `return ${luaOf(plan)}\n`);
  const script = join(import.meta.dirname, 'wrk.lua');
  const args = [
    `-t${THREADS}`,
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
    url,
    '--',
    file,
  ];
  const output = await new Promise<string>((resolve, reject) => {
    execFile('wrk', args, { signal, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`wrk failed: ${stderr.trim() || error.message}`, { cause: error }));
      else resolve(stdout);
    });
  });
  return loadOf(output);
}

/** Reads what wrk.lua printed. @throws {Error} when the result is not there */
export function loadOf(output: string): Load {
  const result = /^result (\{.*\})$/m.exec(output)?.[1];
  if (result === undefined) throw new Error(`wrk printed no result:\n${output.slice(0, 2_000)}`);
  const acknowledged = [...output.matchAll(/^acknowledged (.*)$/gm)].map(([, name]) => name ?? '');
  return { ...(JSON.parse(result) as Omit<Load, 'acknowledged'>), acknowledged };
}

/** Writes a value of JSON as Lua. */
export function luaOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaOf).join(',')}}`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `[${luaOf(name)}]=${luaOf(field)}`).join(',')}}`;
  }
  if (typeof value !== 'string') return value === null ? 'nil' : String(value);
  // Decimal escapes have three digits, so that a digit behind them is not taken for theirs.
  const escaped = [...Buffer.from(value)].map((byte) =>
    byte < 32 || byte > 126 || byte === 34 || byte === 92
      ? `\\${String(byte).padStart(3, '0')}`
      : String.fromCharCode(byte),
  );
  return `"${escaped.join('')}"`;
}
