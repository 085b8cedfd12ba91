import { type AsyncApiDocument, checker } from '@muster/contracts';
import { expect, inject, test } from 'vitest';
import { farmClient } from './client.ts';
import { eventually } from './eventually.ts';
import { findGaps, findLost, findUnsettled } from './find_anomalies.ts';
import { readAnswers, rebuild } from './rebuild.ts';
import { storedVersions } from './stored_versions.ts';
import { countMessages, followLog, readStream, type SeenChange } from './subscriber.ts';
import { startWorkload } from './workload.ts';

const { natsUrl, mongodbUrl } = inject('farm');

test('1,000 changes at once are told whole: to whom followed FARM, and to whom reads FARM_STATE afterwards', async () => {
  const { fetch } = await farmClient();
  await using follower = await followLog(natsUrl);
  const before = await countMessages(natsUrl, 'FARM');
  const { writes, settled, problems } = await startWorkload(fetch, { seed: 1, lanes: 16, rounds: 85 }).done();
  expect(problems).toEqual([]);

  await eventually(async () => {
    expect(findGaps(follower.seen, await storedVersions(mongodbUrl))).toEqual([]);
    const answers = await readAnswers(fetch);
    expect(rebuild(await readStream(natsUrl, 'FARM_STATE'))).toEqual(answers);
    expect(rebuild(follower.seen)).toEqual(answers);
    expect(findUnsettled(answers, settled)).toEqual([]);
  });
  expect(findLost(follower.seen, writes)).toEqual([]);
  expect(follower.seen.length - before).toBeGreaterThanOrEqual(1_000);
  const lastOnly = await readStream(natsUrl, 'FARM_STATE');
  expect(lastOnly.length).toBe(new Set(follower.seen.map(({ subject }) => subject)).size);
});

test('every message on FARM is as the AsyncAPI document describes it, and nothing was ever dead-lettered', async () => {
  const { fetch } = await farmClient();
  const document = (await fetch('GET', '/asyncapi.json')).body as AsyncApiDocument;
  const log = await readStream(natsUrl, 'FARM');
  const kinds = Map.groupBy(log, ({ headers }) => headers['ce-type'] ?? '');
  expect(kinds.size).toBeGreaterThanOrEqual(15);
  const problems = [...kinds.values()].flatMap((some) => undescribed(document, some));
  expect(problems.slice(0, 10)).toEqual([]);
  expect(await countMessages(natsUrl, 'FARM_DLQ')).toBe(0);
});

/** What is wrong with messages of one type by the document. */
function undescribed({ channels }: AsyncApiDocument, some: readonly SeenChange[]): string[] {
  const [first] = some as [SeenChange];
  const channel = Object.values(channels).find(({ address }) => address === `farm.${first.type}.{key}`);
  const message = Object.values(channel?.messages ?? {}).find(
    ({ name }) => name === first.headers['ce-type'],
  );
  if (message === undefined) return [`${first.headers['ce-type']} is not described`];
  const checkHeaders = checker(message.headers as object);
  const checkState = message.payload === undefined ? undefined : checker(message.payload as object);
  return some.flatMap(({ subject, headers, state, key, type }) => {
    const problems = [
      checkHeaders(headers),
      checkState === undefined ? state && 'a body where none is described' : checkState(state),
      subject === `farm.${type}.${key.replaceAll('.', '%2E')}`
        ? undefined
        : 'a key that is not that of the subject',
    ];
    return problems.flatMap((problem) => (problem ? [`${subject}: ${problem}`] : []));
  });
}
