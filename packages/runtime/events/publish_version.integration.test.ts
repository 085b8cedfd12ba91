import { randomUUID } from 'node:crypto';
import { natsUrlOfWorker } from '@muster/dev/worker';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { toMessage } from '../nats/cloud_event.ts';
import { type LogPublisher, openLogPublisher } from '../nats/log_publisher.ts';
import { ensureStreams } from '../nats/streams.ts';
import { agentState, type Fixture, openFixture } from './fixture.ts';
import { openKnownVersions } from './known_versions.ts';
import { LogWentBack, publishToLog } from './publish_version.ts';

let fixture: Fixture;
let publisher: LogPublisher;
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
  publishToLog(message(v), { log: publisher, lastSeq, end: { seq: end } });

beforeEach(async () => {
  fixture = await openFixture({ mongodbUrl: inject('mongodbUrl'), natsUrl: natsUrlOfWorker() });
  await ensureStreams(fixture.nc);
  publisher = openLogPublisher(fixture.nc, '_INBOX');
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

test('openLogPublisher() puts each refusal down to its message, and says who does not answer', async () => {
  const all = [publish(1, 0), publish(1, 7), publish(2, 1), publish(3, 1)];
  const [first, second, third, fourth] = await Promise.allSettled(all);
  expect(first).toMatchObject({ value: { seq: 1 } });
  expect(second).toMatchObject({ reason: { code: 10071 } });
  expect(third).toMatchObject({ value: { seq: 2 } });
  expect(fourth).toMatchObject({ reason: { code: 10071 } });
  await expect(publisher.publish({ ...message(4), subject: 'nobody.hears' }, 0)).rejects.toThrow('away');
  const unanswered = publish(3, 2);
  publisher.close();
  await expect(unanswered).rejects.toThrow('closed');
  await fixture.nc.close();
  await expect(publish(4, 3)).rejects.toThrow();
});

test('openKnownVersions() knows the last version from FARM, and from FARM_STATE what is too old for FARM', async () => {
  const known = await openKnownVersions(fixture.nc);
  const { subject } = message(1);
  expect(await known.ask(subject)).toMatchObject({ v: 0, lastSeq: 0 });
  await publish(1, 0);
  await publish(2, 1);
  expect(await known.ask(subject)).toEqual({ v: 2, seq: 2, id: 'e2', lastSeq: 2 });
});
