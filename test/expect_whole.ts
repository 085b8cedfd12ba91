import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { findGaps, findLost, findUnsettled } from './find_anomalies.ts';
import type { OwnFarm } from './own_farm.ts';
import { readAnswers, rebuild } from './rebuild.ts';
import { danglingTaggings, storedVersions } from './stored_versions.ts';
import { countMessages, readStream } from './subscriber.ts';
import type { History } from './workload.ts';

/**
 * Expects that a farm, once quiet, has kept its promises over what was written to it: log, database, last states and APIs tell the
 * same; every acknowledged write is there, no refused one is, and of unknown outcomes none is there by half. Gives back how many
 * milliseconds the read models took to converge.
 */
export async function expectWhole(
  farm: OwnFarm,
  histories: readonly History[],
  within = 10_000,
): Promise<number> {
  const began = performance.now();
  expect(histories.flatMap(({ problems }) => problems)).toEqual([]);
  const log = await eventually(async () => {
    const log = await readStream(farm.natsUrl, 'FARM');
    expect(findGaps(log, await storedVersions(farm.mongodbUrl))).toEqual([]);
    const must = rebuild(log);
    expect(rebuild(await readStream(farm.natsUrl, 'FARM_STATE'))).toEqual(must);
    const answers = await readAnswers(farm.client.fetch);
    expect(answers).toEqual(must);
    expect(
      findUnsettled(
        answers,
        histories.flatMap(({ settled }) => settled),
      ),
    ).toEqual([]);
    expect(await danglingTaggings(farm.mongodbUrl)).toEqual([]);
    return log;
  }, within);
  const took = performance.now() - began;
  expect(
    findLost(
      log,
      histories.flatMap(({ writes }) => writes),
    ),
  ).toEqual([]);
  expect(await countMessages(farm.natsUrl, 'FARM_DLQ')).toBe(0);
  return took;
}
