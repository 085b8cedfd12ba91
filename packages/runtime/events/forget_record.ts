import { type RecordType, recordSubject, STATE_STREAM } from '@muster/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsLink } from '../nats/nats_link.ts';
import { openKnownVersions } from './known_versions.ts';

/**
 * Forgets the last state of a record that can never come back, so that FARM_STATE does not grow for ever; false when its last
 * version `v` is not published yet, or NATS is away, and it has to be tried again.
 *
 * @throws when JetStream refuses or does not answer.
 */
export async function forgetRecord(
  link: NatsLink,
  record: { type: RecordType; key: string; v: number },
): Promise<boolean> {
  const connection = link.current();
  if (connection === undefined) return false;
  const subject = recordSubject(record.type, record.key);
  const published = await (await openKnownVersions(connection)).ask(subject);
  if (published.v < record.v) return false;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  await manager.streams.purge(STATE_STREAM, { filter: subject });
  return true;
}
