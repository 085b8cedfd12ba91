/**
 * Measures how fast Muster is beside its peers on this machine, and says which of the goals P1 to P10 hold. A missed goal does not
 * fail the run; a wrong answer under load does.
 *
 * ```
 * npm run bench
 * npm run bench -- --quick
 * npm run bench -- --only P1,P6 --json .results/reads.json
 * ```
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findServers, sharedBackends } from '@muster/dev';
import type { Bench, Measure } from './bench.ts';
import { openFarmLog } from './farm_log.ts';
import { attach } from './goals/attach.ts';
import { creates } from './goals/creates.ts';
import { eventDelay } from './goals/event_delay.ts';
import { fixedRate } from './goals/fixed_rate.ts';
import { gatewayCost } from './goals/gateway_cost.ts';
import { idleMemory, memory } from './goals/memory.ts';
import { pages } from './goals/pages.ts';
import { reads, readsThroughGateway } from './goals/reads.ts';
import { startTime } from './goals/start_time.ts';
import { hasWrk, machineLines, thisMachine } from './machine.ts';
import { type GoalName, goalNames, type Options, readOptions } from './options.ts';
import { goalLines, type Judged, rawLines } from './report.ts';
import { seedMuster, seedPeers } from './seed.ts';
import { openStage, type Stage } from './stage.ts';

const measures: Readonly<Record<GoalName, Measure>> = {
  P1: reads,
  P2: readsThroughGateway,
  P3: pages,
  P4: creates,
  P5: fixedRate,
  P6: gatewayCost,
  P7: attach,
  P8: memory,
  P9: startTime,
  P10: eventDelay,
};

/** A line of progress, with the seconds since the start. */
const say = (line: string) =>
  console.error(`${(performance.now() / 1_000).toFixed(0).padStart(4)} s  ${line}`);

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

function optionsOrRefuse(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const options = optionsOrRefuse();
if (!(await hasWrk())) refuse('wrk is needed: apt-get install wrk');
const binaries = await findServers({ backends: sharedBackends, say });
const machine = await thisMachine(binaries);
for (const line of machineLines(machine)) say(line);

const home = await mkdtemp(join(tmpdir(), 'muster-bench-'));
const ending = new AbortController();
let stage: Stage | undefined;
let closed: Promise<void> | undefined;
const close = () => {
  closed ??= (async () => {
    ending.abort();
    await stage?.stop();
    await rm(home, { recursive: true, force: true });
  })();
  return closed;
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('Ending.');
    void close().finally(() => process.exit(130));
  });
}

try {
  stage = await openStage(home, { binaries, say, signal: ending.signal });
  process.exitCode = await run(stage);
} catch (error) {
  // Whoever ended it knows why it goes no further.
  if (!ending.signal.aborted) throw error;
} finally {
  await close();
}

async function run(on: Stage): Promise<number> {
  const { extent, only } = options;
  const problems: string[] = [];
  const idle = only.has('P8') ? await idleMemory(on, extent.idleSeconds, ending.signal) : new Map();
  say('Storing the same records at every contender.');
  const data = await seedMuster(on, extent);
  await seedPeers(data, on.farm.mongodbUrl);
  await using log = await openFarmLog(on.farm.natsUrl);
  await log.quiet();
  const bench: Bench = {
    ...{ stage: on, data, log, extent, idle, say, signal: ending.signal },
    warmed: new Set(),
    raw: [],
    wrong: (problem) => {
      problems.push(problem);
      say(`WRONG: ${problem}`);
    },
  };
  const judged: Judged[] = [];
  for (const goal of goalNames) {
    if (!only.has(goal)) continue;
    try {
      judged.push(...(await measures[goal](bench)));
    } catch (error) {
      if (ending.signal.aborted) throw error;
      bench.wrong(`${goal} could not be measured: ${(error as Error).message}`);
    }
  }
  await report(judged, bench, problems);
  return problems.length > 0 ? 1 : 0;
}

async function report(judged: readonly Judged[], { raw }: Bench, problems: readonly string[]): Promise<void> {
  const lines = [
    ...['', ...machineLines(machine)],
    ...['', ...goalLines(judged)],
    ...[
      '',
      'Medians over the rounds; µs of processor time for each right answer, of the process itself and of what lies below it.',
    ],
    ...rawLines(raw),
    ...problems.map((problem) => `WRONG: ${problem}`),
  ];
  for (const line of lines) console.log(line);
  await mkdir(dirname(options.json), { recursive: true });
  const quick = options.quick;
  const text = JSON.stringify({ at: new Date(), quick, machine, goals: judged, raw, problems }, null, 2);
  await writeFile(options.json, `${text}\n`);
}
