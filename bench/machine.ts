import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { promisify } from 'node:util';
import type { ServerBinaries } from '@muster/dev';

/** Where a run was made; `load` is the average of the last minute before it. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly mongod: string;
  readonly nats: string;
  readonly load: number;
}

/** Above this load average, figures are of this machine's other work too. */
const QUIET = 0.7;

const run = promisify(execFile);

/** Tells about this machine and the programs. @throws {Error} when a program does not tell its version */
export async function thisMachine({ mongod, natsServer }: ServerBinaries): Promise<Machine> {
  const processors = cpus();
  return {
    cores: processors.length,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
    mongod: await versionOf(mongod),
    nats: await versionOf(natsServer),
    load: loadavg()[0] ?? 0,
  };
}

async function versionOf(program: string): Promise<string> {
  const { stdout, stderr } = await run(program, ['--version']);
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'unknown';
}

/** Whether there is a wrk to put load with. */
export const hasWrk = (): Promise<boolean> =>
  run('wrk', ['--version']).then(
    () => true,
    // It ends with 1 when it tells its version; what is not there has another code.
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT',
  );

/** A machine in lines of text, with a warning where it was busy. */
export function machineLines({ cores, cpu, node, mongod, nats, load }: Machine): string[] {
  const lines = [
    `${cores} cores, ${cpu}; Node ${node}, mongod ${mongod}, nats-server ${nats}; load average ${load.toFixed(2)} at the start`,
  ];
  if (load > QUIET)
    lines.push(`Warning: the machine was busy (load average above ${QUIET}); trust the ratios only.`);
  return lines;
}
