import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_STREAM, recordSubject, typeSubjects } from '@muster/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** The farm's log of changes, as one who counts its messages sees it. */
export interface FarmLog extends AsyncDisposable {
  readonly connection: NatsConnection;
  /** Waits until no message has come for half a second; gives back how many there are. @throws {Error} after two minutes */
  quiet(): Promise<number>;
  /** Waits until there are so many messages; gives back how long that took, in ms. @throws {Error} after three minutes */
  reaches(messages: number): Promise<number>;
  /** Those of these assemblers of which the log tells nothing. */
  missing(slugs: readonly string[]): Promise<string[]>;
}

const QUIET_MS = 500;
const QUIET_WITHIN_MS = 120_000;
const REACHED_WITHIN_MS = 180_000;
const LOOK_MS = 20;

/** Opens the log. @throws {Error} when NATS does not answer */
export async function openFarmLog(natsUrl: string): Promise<FarmLog> {
  const connection = await connect({ servers: natsUrl, timeout: 5_000 });
  const manager = await jetstreamManager(connection, { timeout: 20_000 });
  const count = async () => (await manager.streams.info(LOG_STREAM)).state.messages;
  return {
    connection,
    async quiet() {
      const end = performance.now() + QUIET_WITHIN_MS;
      let seen = await count();
      let since = performance.now();
      while (performance.now() - since < QUIET_MS) {
        if (performance.now() > end)
          throw new Error('events of what was written still come after two minutes');
        await sleep(LOOK_MS * 4);
        const now = await count();
        if (now !== seen) [seen, since] = [now, performance.now()];
      }
      return seen;
    },
    async reaches(messages) {
      const began = performance.now();
      while ((await count()) < messages) {
        if (performance.now() - began > REACHED_WITHIN_MS)
          throw new Error('events of what was acknowledged are missing after three minutes');
        await sleep(LOOK_MS);
      }
      return performance.now() - began;
    },
    async missing(slugs) {
      const { state } = await manager.streams.info(LOG_STREAM, {
        subjects_filter: typeSubjects('assembler'),
      });
      const logged = state.subjects ?? {};
      return slugs.filter((slug) => logged[recordSubject('assembler', slug)] === undefined);
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
    },
  };
}
