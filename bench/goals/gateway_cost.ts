import { compare, figures, type Measure } from '../bench.ts';
import { begins } from '../contenders.ts';
import { rawServer } from '../raw_server.ts';
import { judgeLimit, judgeRatio } from '../report.ts';
import type { Contender } from '../rounds.ts';
import { median, ratioPerRound } from '../statistics.ts';

const peers = { http_proxy_3: 'http-proxy-3', fastify_http_proxy: '@fastify/http-proxy' } as const;

/** P6: the gateway's own cost before a server whose answers stand ready, against other gateways before the same. */
export const gatewayCost: Measure = async (bench) => {
  const { stage, data } = bench;
  const raw = await rawServer(bench);
  const upstream = raw.url ?? '';
  // Whatever is asked for, the same record comes.
  const paths = data.assemblers.map(({ slug }) => `/v1/assemblers/${slug}.json`);
  const known = paths.map((path) => ({ path, status: 200, body: data.assemblers[0] }));
  const proxy = (name: string, own: Contender['own']): Contender => ({
    ...{ name, own, known },
    url: own.url ?? '',
    below: [raw],
    plan: () => ({ paths, status: 200, begins: begins.assembler }),
  });
  const before = { UPSTREAM_URL: upstream };
  const turns = await compare(
    bench,
    [
      proxy('gateway', await stage.gatewayBefore(upstream)),
      proxy('http-proxy-3', await stage.peer('http_proxy_3', before)),
      proxy('@fastify/http-proxy', await stage.peer('fastify_http_proxy', before)),
      proxy('undici on node:http', await stage.peer('undici_proxy', before)),
    ],
    { goal: 'P6' },
  );
  const ours = figures(turns, 'gateway');
  const cost = median(figures(turns, 'gateway', 'ownCpu'));
  const floor = median(figures(turns, 'undici on node:http', 'ownCpu'));
  const line = {
    goal: 'P6',
    what: 'gateway, CPU of its own',
    figures: `undici on node:http ${floor.toFixed(0)} µs`,
  } as const;
  return [
    judgeLimit(line, cost, { limit: 200, unit: 'µs' }),
    ...Object.values(peers).map((peer) => {
      const theirs = figures(turns, peer);
      const shown = `${median(ours).toFixed(0)}/s, ${peer} ${median(theirs).toFixed(0)}/s`;
      return judgeRatio(
        { goal: 'P6', what: 'gateway, requests', figures: shown },
        ratioPerRound(ours, theirs),
        { atLeast: 1.7 },
      );
    }),
  ];
};
