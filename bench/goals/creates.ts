import type { Handle } from '@muster/dev';
import { type Bench, compare, figures, type Measure } from '../bench.ts';
import { judgeRatio } from '../report.ts';
import type { Contender } from '../rounds.ts';
import { knownAssemblers } from '../seed.ts';
import { median, ratioPerRound } from '../statistics.ts';

/** P4: creates with their durable events, at the service and through the gateway, against fastify's inserts without any. */
export const creates: Measure = async (bench) => {
  const { stage, log, wrong } = bench;
  const servers = [stage.process('mongod'), stage.process('nats-server')];
  const acknowledged: string[] = [];
  const evented = await eventedTurns(bench, (slugs) => acknowledged.push(...slugs));
  const [service, gateway] = [stage.process('assemblers'), stage.process('gateway')];
  const fastify = await stage.peer('fastify_mongodb');
  const turns = await compare(
    bench,
    [
      { ...creator(bench, 'muster create', service), below: servers, settle: evented },
      { ...creator(bench, 'gateway create', gateway), below: [service, ...servers], settle: evented },
      { ...creator(bench, 'fastify insert', fastify), below: [stage.process('mongod')] },
    ],
    { goal: 'P4' },
  );
  await log.quiet();
  const missing = await log.missing(acknowledged);
  if (missing.length > 0)
    wrong(
      `P4: ${missing.length} of ${acknowledged.length} acknowledged creates have no event, the first: ${missing[0]}`,
    );
  bench.say(
    `P4: ${acknowledged.length - missing.length} of ${acknowledged.length} acknowledged creates have their event`,
  );
  const peer = figures(turns, 'fastify insert');
  const judged = (ours: string, what: string, atLeast: number) => {
    const mine = figures(turns, ours);
    const shown = `${median(mine).toFixed(0)}/s, fastify ${median(peer).toFixed(0)}/s`;
    return judgeRatio({ goal: 'P4', what, figures: shown }, ratioPerRound(mine, peer), { atLeast });
  };
  return [
    judged('muster create', 'create with event', 1),
    judged('gateway create', 'create with event, by the gateway', 0.7),
  ];
};

/** A contender that creates assemblers of new names. */
export function creator({ stage, data }: Bench, name: string, own: Handle): Omit<Contender, 'below'> {
  const series = name.replaceAll(/\W/g, '-');
  let turn = 0;
  return {
    ...{ name, own },
    url: own.url ?? '',
    known: knownAssemblers(data),
    plan: () => {
      turn += 1;
      const slug = `${series}-${turn}-%d`;
      return {
        path: '/v1/assemblers.json',
        headers: { authorization: `Bearer ${stage.farm.token}`, 'content-type': 'application/json' },
        template: JSON.stringify({ slug, name: `Made by ${slug}` }),
        start: 0,
        status: 200,
        begins: `{"slug":"${series}-${turn}-`,
        acknowledged: '"slug":"([^"]+)"',
      };
    },
  };
}

/**
 * What follows a turn of writes at Muster: their events, which must be out before the next one's turn, so that no work is left to it.
 * What was acknowledged is handed over.
 */
export async function eventedTurns(
  { log }: Pick<Bench, 'log'>,
  take: (acknowledged: readonly string[]) => void = () => {},
): Promise<NonNullable<Contender['settle']>> {
  let before = await log.quiet();
  return async ({ right, acknowledged }) => {
    take(acknowledged);
    const took = await log.reaches(before + right);
    // Those that wrk did not wait for have events too.
    before = await log.quiet();
    return took;
  };
}
