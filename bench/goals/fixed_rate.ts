import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Handle } from '@muster/dev';
import { type Dispatcher, Pool } from 'undici';
import type { Bench, Measure } from '../bench.ts';
import { askLightly } from '../light_request.ts';
import { type Sent, sendAtRate } from '../open_loop.ts';
import { cpuOf, memoryOf } from '../process_cost.ts';
import { judgeRatio, rawOf } from '../report.ts';
import type { Turn } from '../rounds.ts';
import { knownAssemblers } from '../seed.ts';
import { median, percentile, ratioPerRound } from '../statistics.ts';

const READS = 500;
const WRITES = 200;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 1;
const BETWEEN_MS = 500;
const kinds = ['reads', 'writes'] as const;

/** P5: the slowest of a hundred at 500 reads/s and 200 writes/s at once, with sending that waits for nobody, against fastify. */
export const fixedRate: Measure = async (bench) => {
  const { stage, extent, raw, say } = bench;
  const servers = [stage.process('mongod'), stage.process('nats-server')];
  const contenders = [
    { name: 'muster', own: stage.process('assemblers'), below: servers },
    { name: 'fastify', own: await stage.peer('fastify_mongodb'), below: servers.slice(0, 1) },
  ];
  const turns = new Map<string, Turn[]>();
  for (let round = 0; round <= extent.rounds; round += 1) {
    const told: string[] = [];
    for (const contender of contenders) {
      const seconds = round === 0 ? WARM_UP_SECONDS : extent.steadySeconds;
      const both = await turnAtRate(bench, contender, { seconds, round });
      await sleep(BETWEEN_MS);
      if (round === 0) continue;
      for (const kind of kinds) {
        const key = `${contender.name} ${kind}`;
        turns.set(key, [...(turns.get(key) ?? []), both[kind]]);
        told.push(`${key} p99 ${both[kind].p99.toFixed(1)} ms`);
      }
    }
    if (round > 0) say(`P5, round ${round} of ${extent.rounds}: ${told.join(', ')}`);
  }
  raw.push(...rawOf('P5', turns));
  return kinds.map((kind) => {
    const [ours, theirs] = ['muster', 'fastify'].map((name) =>
      turns.get(`${name} ${kind}`)!.map(({ p99 }) => p99),
    );
    const figures = `${median(ours!).toFixed(1)} ms, fastify ${median(theirs!).toFixed(1)} ms`;
    const line = { goal: 'P5', what: `p99 of ${kind} at a fixed rate`, figures } as const;
    return judgeRatio(line, ratioPerRound(ours!, theirs!), { atMost: 1.25 });
  });
};

async function turnAtRate(
  { stage, data, signal, wrong }: Bench,
  { name, own, below }: { name: string; own: Handle; below: readonly Handle[] },
  { seconds, round }: { seconds: number; round: number },
): Promise<Record<(typeof kinds)[number], Turn>> {
  const pool = new Pool(own.url ?? '', { connections: CONNECTIONS });
  const known = knownAssemblers(data);
  const headers = { authorization: `Bearer ${stage.farm.token}`, 'content-type': 'application/json' };
  const ask = async (given: Dispatcher.DispatchOptions, expected: object) => {
    const { status, text } = await askLightly(pool, given);
    if (status !== 200 || !isDeepStrictEqual(JSON.parse(text), expected))
      throw new Error(`${given.method} ${given.path} answered ${status} ${text.slice(0, 300)}`);
  };
  const read = async (nth: number) => {
    const { path, body } = known[(nth * 7919) % known.length]!;
    await ask({ method: 'GET', path }, body as object);
  };
  const write = async (nth: number) => {
    const given = { slug: `steady-${round}-${nth}`, name: `Steady ${round} ${nth}` };
    const body = JSON.stringify(given);
    const made = { ...given, host: null, source_path_count: 0, export_path_base: null };
    await ask({ method: 'POST', path: '/v1/assemblers.json', headers, body }, made);
  };
  const pids = [[own.pid], below.map(({ pid }) => pid)] as const;
  const before = await Promise.all(pids.map(cpuOf));
  const [reads, writes] = await Promise.all([
    sendAtRate({ perSecond: READS, seconds, signal }, read),
    sendAtRate({ perSecond: WRITES, seconds, signal }, write),
  ]);
  const after = await Promise.all(pids.map(cpuOf));
  await pool.close();
  for (const problem of [...reads.problems, ...writes.problems]) wrong(`P5: ${name}: ${problem}`);
  const answered = reads.latencies.length + writes.latencies.length;
  const [ownCpu, belowCpu] = after.map((cpu, at) => (cpu - before[at]!) / answered) as [number, number];
  const memory = (await memoryOf(own.pid)).now;
  const turn = ({ latencies }: Sent): Turn => ({
    ...{ ownCpu, belowCpu, memory },
    rate: latencies.length / seconds,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    settledMs: 0,
  });
  return { reads: turn(reads), writes: turn(writes) };
}
