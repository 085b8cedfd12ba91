import { compare, figures, type Measure } from '../bench.ts';
import { pagePath, pageTag, rawServer } from '../raw_server.ts';
import { judgeRatio } from '../report.ts';
import type { Contender } from '../rounds.ts';
import { median, ratioPerRound } from '../statistics.ts';

/** P3: a page of ten that has not changed, and 304 for it, against the same bytes standing ready, and fastify's page. */
export const pages: Measure = async (bench) => {
  const { stage, data } = bench;
  const servers = [stage.process('mongod'), stage.process('nats-server')];
  const whole = { path: pagePath, status: 206, body: data.assemblers.slice(0, 10) };
  const headers = { 'if-none-match': await pageTag(bench) };
  const unchanged = { path: pagePath, headers, status: 304, body: undefined };
  const reader = (given: Pick<Contender, 'name' | 'own' | 'below'>, known = whole): Contender => ({
    ...given,
    url: given.own.url ?? '',
    known: [known],
    plan: () => ({ paths: [pagePath], status: 206, begins: '[{"slug":"bench-0000"' }),
  });
  const service = stage.process('assemblers');
  const turns = await compare(
    bench,
    [
      reader({ name: 'muster page', own: service, below: servers }),
      {
        name: 'muster 304',
        url: service.url ?? '',
        own: service,
        below: servers,
        known: [unchanged],
        plan: () => ({ paths: [pagePath], headers, status: 304, begins: '' }),
      },
      reader({ name: 'raw node:http', own: await rawServer(bench), below: [] }),
      reader({
        name: 'fastify page',
        own: await stage.peer('fastify_mongodb'),
        below: [stage.process('mongod')],
      }),
    ],
    { goal: 'P3' },
  );
  const judged = (ours: string, peer: string, atLeast: number) => {
    const [mine, theirs] = [figures(turns, ours), figures(turns, peer)];
    const shown = `${median(mine).toFixed(0)}/s, ${peer} ${median(theirs).toFixed(0)}/s`;
    const line = { goal: 'P3', what: ours.replace('muster', 'unchanged'), figures: shown } as const;
    return judgeRatio(line, ratioPerRound(mine, theirs), { atLeast });
  };
  return [
    judged('muster page', 'raw node:http', 0.9),
    judged('muster 304', 'raw node:http', 0.9),
    judged('muster page', 'fastify page', 5),
  ];
};
