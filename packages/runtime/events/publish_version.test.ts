import { JetStreamApiError } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import type { Publication } from '../nats/cloud_event.ts';
import type { KnownVersion } from './known_versions.ts';
import { openLru } from './lru.ts';
import { LogWentBack, publishVersion, VersionGap } from './publish_version.ts';

const version = (v: number): Publication => ({
  id: `e${v}`,
  event: 'farm.job.updated.v1',
  type: 'job',
  key: 1,
  v,
  born: 1,
  at: new Date(),
  traceparent: null,
  state: {},
  service: 'registry',
});

/** A log of one subject, which counts what it is asked. */
function openLog(versions: number[]) {
  const asked = { known: 0, published: 0 };
  const log = versions.map((v, index) => ({ v, seq: 10 + index }));
  const cache = openLru<KnownVersion>(10);
  const counts = { published: 0, skipped: 0 };
  const deps = (toleratesGaps = false) => ({
    counts,
    toleratesGaps,
    known: {
      cache,
      ask: async () => {
        asked.known += 1;
        const { v, seq } = log.at(-1) ?? { v: 0, seq: 0 };
        return { v, seq, id: `e${v}`, lastSeq: seq };
      },
    },
    publish: async (message: { messageId: string }, lastSeq: number) => {
      asked.published += 1;
      if (lastSeq !== (log.at(-1)?.seq ?? 0)) {
        throw new JetStreamApiError({ code: 400, err_code: 10071, description: 'wrong last sequence' });
      }
      const seq = 10 + log.length;
      log.push({ v: Number(message.messageId.split(':')[1]), seq });
      return { stream: 'FARM', seq, duplicate: false };
    },
  });
  return { deps, asked, counts, log, versions: () => log.map(({ v }) => v) };
}

test('publishVersion() costs one publication a change in the steady state', async () => {
  const { deps, asked, versions } = openLog([]);
  for (const v of [1, 2, 3]) await publishVersion(version(v), deps());
  expect(versions()).toEqual([1, 2, 3]);
  expect(asked).toEqual({ known: 0, published: 3 });
});

test('publishVersion() skips what the log has, when a change stream is replayed', async () => {
  const { deps, counts, versions } = openLog([1, 2, 3]);
  for (const v of [1, 2, 3, 4]) await publishVersion(version(v), deps());
  expect(versions()).toEqual([1, 2, 3, 4]);
  expect(counts).toEqual({ published: 1, skipped: 3 });
});

test('publishVersion() leaves it to another relay that was first', async () => {
  const { deps, log, versions } = openLog([]);
  await publishVersion(version(1), deps());
  log.push({ v: 2, seq: 99 });
  expect(await publishVersion(version(2), deps())).toMatchObject({ seq: 99 });
  await publishVersion(version(3), deps());
  expect(versions()).toEqual([1, 2, 3]);
});

test('publishVersion() refuses to leave a gap, unless it cannot be filled', async () => {
  const { deps, versions } = openLog([1]);
  await expect(publishVersion(version(3), deps())).rejects.toThrow(VersionGap);
  await publishVersion(version(3), deps(true));
  expect(versions()).toEqual([1, 3]);
});

test('publishVersion() notices that the log went back', async () => {
  const { deps, log } = openLog([]);
  await publishVersion(version(1), deps());
  await publishVersion(version(2), deps());
  log.pop();
  await expect(publishVersion(version(3), deps())).rejects.toThrow(LogWentBack);
});
