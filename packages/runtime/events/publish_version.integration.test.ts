import { randomUUID } from 'node:crypto';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { jetstream } from '@nats-io/jetstream';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { toMessage } from '../nats/cloud_event.ts';
import { ensureStreams } from '../nats/streams.ts';
import { agentState, type Fixture, openFixture } from './fixture.ts';
import { openKnownVersions } from './known_versions.ts';
import { LogWentBack, publishToLog } from './publish_version.ts';

let fixture: Fixture;
const key = randomUUID();

const message = (v: number) =>
  toMessage({
    id: `e${v}`,
    event: 'farm.agent.updated.v1',
    type: 'agent',
    key,
    v,
    born: 1,
    at: new Date(),
    traceparent: null,
    state: agentState(key),
    service: 'registry',
  });

const publish = (v: number, lastSeq: number, end = 0) =>
  publishToLog(message(v), { client: jetstream(fixture.nc), lastSeq, end: { seq: end } });

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
  await ensureStreams(fixture.nc);
});

afterEach(() => fixture.close());

test('publishToLog() is refused where the log does not end as expected, and stores no repeat', async () => {
  expect(await publish(1, 0)).toMatchObject({ seq: 1, duplicate: false });
  await expect(publish(1, 0)).rejects.toMatchObject({ code: 10071 });
  expect(await publish(1, 1)).toMatchObject({ seq: 1, duplicate: true });
  await expect(publish(2, 0)).rejects.toMatchObject({ code: 10071 });
  expect(await publish(2, 1)).toMatchObject({ seq: 2 });
  await expect(publish(3, 2, 9)).rejects.toThrow(LogWentBack);
});

test('openKnownVersions() knows the last version from FARM, and from FARM_STATE what is too old for FARM', async () => {
  const known = await openKnownVersions(fixture.nc);
  const { subject } = message(1);
  expect(await known.ask(subject)).toMatchObject({ v: 0, lastSeq: 0 });
  await publish(1, 0);
  await publish(2, 1);
  expect(await known.ask(subject)).toEqual({ v: 2, seq: 2, id: 'e2', lastSeq: 2 });
});
