import { type Bench, compare, figures, type Measure } from '../bench.ts';
import { oneReaders } from '../contenders.ts';
import { type Judged, judgeRatio } from '../report.ts';
import type { Turns } from '../rounds.ts';
import { median, ratioPerRound } from '../statistics.ts';

const kinds = ['assembler', 'tag'] as const;

/** P1: reading one record at the services, against fastify with the driver; at 32 connections and at one. */
export const reads: Measure = async (bench) => {
  const { muster, fastify, express } = oneReaders(bench);
  const both = [muster('assembler'), muster('tag'), await fastify('assembler'), await fastify('tag')];
  // First, since its warm-up serves both.
  const single = await compare(bench, both, { goal: 'P1', connections: 1 });
  const many = await compare(bench, [...both, await express()], { goal: 'P1' });
  return kinds.flatMap((kind) => [
    judged('P1', `GET one ${kind}`, { turns: many, ours: `muster ${kind}`, kind, atLeast: 3 }),
    judged('P1', `GET one ${kind}, 1 connection`, {
      turns: single,
      ours: `muster ${kind}`,
      kind,
      atLeast: 0.9,
    }),
  ]);
};

/** P2: the same through the gateway, against fastify reached directly. */
export const readsThroughGateway: Measure = async (bench: Bench) => {
  const { gateway, fastify } = oneReaders(bench);
  const turns = await compare(
    bench,
    [gateway('assembler'), gateway('tag'), await fastify('assembler'), await fastify('tag')],
    { goal: 'P2' },
  );
  return kinds.map((kind) =>
    judged('P2', `GET one ${kind} by the gateway`, { turns, ours: `gateway ${kind}`, kind, atLeast: 1.5 }),
  );
};

function judged(
  goal: 'P1' | 'P2',
  what: string,
  { turns, ours, kind, atLeast }: { turns: Turns; ours: string; kind: string; atLeast: number },
): Judged {
  const [mine, peer] = [figures(turns, ours), figures(turns, `fastify ${kind}`)];
  const shown = `${median(mine).toFixed(0)}/s, fastify ${median(peer).toFixed(0)}/s`;
  return judgeRatio({ goal, what, figures: shown }, ratioPerRound(mine, peer), { atLeast });
}
