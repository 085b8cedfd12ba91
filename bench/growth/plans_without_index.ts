import type { Db, Document } from 'mongodb';
import { type Query, tagsQueries } from './queries.ts';

/** An index that is read from end to end grows as a collection does. */
const WHOLE_INDEX = 'IXSCAN of all';
/** What grows with the collection, or with the answer where an index would have given it in order; EOF: nothing was planned. */
const REFUSED = new Set(['COLLSCAN', WHOLE_INDEX, 'SORT', 'EOF']);

/**
 * The queries of a tags service's database that MongoDB would answer by reading a whole collection or index, or by sorting in memory, one line
 * each; empty when an index serves every one of them. The collections must hold at least one tag with an agent.
 */
export async function plansWithoutIndex(db: Db): Promise<string[]> {
  const tagging = await db.collection('taggings').findOne({ live: true, 'state.kind': 'agent' });
  if (tagging === null) throw new Error('there is no tagging to ask about');
  const { tag_id: id, incarnation, ref: agent } = tagging.state;
  const lines: string[] = [];
  for (const { name, command } of tagsQueries({ id, incarnation, agent })) {
    const stages = await stagesOf(db, command);
    const refused = stages.filter((stage) => REFUSED.has(stage));
    if (refused.length > 0 || stages.length === 0) lines.push(`${name}: ${stages.join(' < ') || 'no plan'}`);
  }
  return lines;
}

async function stagesOf(db: Db, command: Query['command']): Promise<string[]> {
  const { queryPlanner } = await db.command({ explain: command, verbosity: 'queryPlanner' });
  return [...stagesIn(queryPlanner.winningPlan)];
}

function* stagesIn(plan: Document): Generator<string> {
  if (plan.stage === 'IXSCAN' && isUnbounded(plan)) yield WHOLE_INDEX;
  else if (typeof plan.stage === 'string') yield plan.stage;
  for (const part of Object.values(plan))
    if (part !== null && typeof part === 'object') yield* stagesIn(part);
}

/** Bounds come in the order of the index's fields; the first decides where it is read from and how far. */
const isUnbounded = ({ indexBounds = {} }: Document): boolean =>
  String(Object.values(indexBounds)[0]) === '[MinKey, MaxKey]';
