import type { TagsClient } from './tags_client.ts';
import { type Cost, type OneRequest, type Turns, timeRequests } from './time_requests.ts';

/** What putting a tag on an agent and taking it off again cost. */
export type WriteCosts = { readonly attach: Cost; readonly detach: Cost };

/**
 * Times attaching and then detaching spare agents, for several kinds of tag that take turns; `tags` gives the tag of each turn. After
 * either, the last turn's relation is looked for.
 *
 * @throws {Error} when a relation that was made is not shown, or one that was taken off is.
 */
export async function attachAndDetach<const N extends string>(
  client: TagsClient,
  {
    tags,
    spare,
    turns,
  }: { tags: Readonly<Record<N, (turn: number) => number>>; spare: readonly string[]; turns: Turns },
): Promise<Record<N, WriteCosts>> {
  const kinds = Object.entries<(turn: number) => number>(tags);
  const last = turns.warm + turns.counted - 1;
  const each = (write: (tag: number, agent: string) => Promise<void>) =>
    Object.fromEntries(
      kinds.map(([name, tag]): [string, OneRequest] => [name, (turn) => write(tag(turn), spare[turn]!)]),
    );
  const demand = async (isThere: boolean) => {
    const agent = spare[last]!;
    const shown = await client.tagsOf(agent);
    for (const [name, tag] of kinds) {
      if (shown.includes(`"id":${tag(last)},`) === isThere) continue;
      throw new Error(`the relation of tag ${name} to ${agent} is ${isThere ? 'not shown' : 'still shown'}`);
    }
  };
  const attach = await timeRequests(each(client.attach), turns);
  await demand(true);
  const detach = await timeRequests(each(client.detach), turns);
  await demand(false);
  return Object.fromEntries(
    kinds.map(([name]) => [name, { attach: attach[name], detach: detach[name] }]),
  ) as Record<N, WriteCosts>;
}
