import { MongoClient } from 'mongodb';
import { type Bench, compare, figures, type Measure } from '../bench.ts';
import { judgeRatio } from '../report.ts';
import type { Contender } from '../rounds.ts';
import { knownTags } from '../seed.ts';
import { median, ratioPerRound } from '../statistics.ts';
import { agentIds, insertAgents, tagOfAgents } from '../tagged_agents.ts';
import { eventedTurns } from './creates.ts';

const FEW = 10;
const AT_ONCE = 16;
/** More than any machine attaches in a second; so many agents are kept ready. */
const MOST_PER_SECOND = 4_000;

/** P7: attaching agents to a tag that has very many already, against one that has ten. */
export const attach: Measure = async (bench) => {
  const { stage, extent, log, say } = bench;
  const { manyAgents, rounds, seconds, warmUp } = extent;
  const client = await MongoClient.connect(stage.farm.mongodbUrl);
  const names = { few: `tag of ${FEW}`, many: `tag of ${manyAgents}` };
  try {
    const db = client.db('tags');
    say(`P7: storing a tag of ${manyAgents} agents, and waiting for its events`);
    const before = await log.quiet();
    await insertAgents(db, agentIds.fresh, MOST_PER_SECOND * (rounds * seconds + warmUp));
    await insertAgents(db, agentIds.tagged, manyAgents);
    await tagOfAgents(stage, db, { name: 'bench-few', agents: FEW });
    await tagOfAgents(stage, db, { name: 'bench-many', agents: manyAgents });
    const waited = await log.reaches(before + FEW + manyAgents + 2);
    say(`P7: the last event came ${(waited / 1_000).toFixed(1)} s after the last insert`);
    const evented = await eventedTurns(bench);
    const turns = await compare(
      bench,
      [
        attacher(bench, { name: names.few, tag: 'bench-few', evented }),
        attacher(bench, { name: names.many, tag: 'bench-many', evented }),
      ],
      { goal: 'P7', connections: AT_ONCE },
    );
    const [few, many] = [figures(turns, names.few), figures(turns, names.many)];
    const shown = `${median(many).toFixed(0)}/s, to ${FEW} ${median(few).toFixed(0)}/s`;
    const line = { goal: 'P7', what: `attach to ${names.many}`, figures: shown } as const;
    return [judgeRatio(line, ratioPerRound(many, few), { atLeast: 0.8 })];
  } finally {
    await client.close();
  }
};

/** A contender that attaches one agent after another to a tag, each once. */
function attacher(
  { stage, data }: Bench,
  { name, tag, evented }: { name: string; tag: string; evented: NonNullable<Contender['settle']> },
): Contender {
  const own = stage.process('tags');
  let sent = 0;
  return {
    ...{ name, own },
    url: own.url ?? '',
    below: [stage.process('mongod'), stage.process('nats-server')],
    known: knownTags(data),
    plan: () => ({
      path: `/api/v1/tags/${tag}/agents/`,
      headers: { 'content-type': 'application/json' },
      template: JSON.stringify({ agent_id: `${agentIds.fresh}%012x` }),
      start: sent,
      status: 201,
      begins: `{"href":"/api/v1/agents/${agentIds.fresh}`,
    }),
    settle: async (load) => {
      sent = load.counter;
      return await evented(load);
    },
  };
}
