import { LOG_STREAM, STATE_STREAM } from '@muster/contracts';
import { type JetStreamManager, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type Lru, openLru } from './lru.ts';
import { sourceSequence } from './read_state.ts';

/**
 * The last version of a record that the log has: its version, sequence and event. `lastSeq` is what the next publication
 * must expect: 0 when FARM no longer holds the message itself, or never did (`v` 0).
 */
export type KnownVersion = { v: number; seq: number; id: string; lastSeq: number };

/** What the log has, remembered for the records changed last. */
export type KnownVersions = {
  readonly cache: Lru<KnownVersion>;
  /** Asks the streams: FARM, and FARM_STATE for what is too old for FARM. */
  ask(subject: string): Promise<KnownVersion>;
};

/** Nothing was ever published of that record. */
export const NEVER: KnownVersion = { v: 0, seq: 0, id: '', lastSeq: 0 };

const REMEMBERED = 20_000;

/** Opens it over a connection. */
export async function openKnownVersions(nc: NatsConnection): Promise<KnownVersions> {
  const manager = await jetstreamManager(nc, { checkAPI: false, timeout: 2000 });
  return {
    cache: openLru(REMEMBERED),
    async ask(subject) {
      const logged = await lastOf(manager, LOG_STREAM, subject);
      if (logged !== null) return versionOf(logged, { seq: logged.seq, lastSeq: logged.seq });
      const state = await lastOf(manager, STATE_STREAM, subject);
      if (state === null) return NEVER;
      return versionOf(state, { seq: sourceSequence({ headers: state.header }), lastSeq: 0 });
    },
  };
}

const lastOf = (manager: JetStreamManager, stream: string, subject: string): Promise<StoredMsg | null> =>
  manager.streams.getMessage(stream, { last_by_subj: subject });

const versionOf = ({ header }: StoredMsg, at: { seq: number; lastSeq: number }): KnownVersion => ({
  v: Number(header.get('ce-version')) || 0,
  id: header.get('ce-id'),
  ...at,
});
