import { checker, type Heartbeat, heartbeatSchema, heartbeatSubject, type Owner } from '@muster/contracts';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { ReadModelAge } from './read_model_age.ts';
import { isStillThere } from './still_there.ts';

/** Between two questions to the log about one owner. */
const AT_LEAST_MS = 250;

const check = checker(heartbeatSchema);

/**
 * Hears the owners' heartbeats over one connection and sees for each new place in the log that it is there: a heartbeat may have
 * been on its way while the log went back. Gives back what ends that.
 */
export function followHeartbeats(
  nc: NatsConnection,
  deps: { owners: readonly Owner[]; age: ReadModelAge; log: Logger },
): () => void {
  const ends = deps.owners.map((owner) => followOwner(nc, { ...deps, owner }));
  return () => {
    for (const end of ends) end();
    deps.age.forgetUnproven();
  };
}

function followOwner(
  nc: NatsConnection,
  { owner, age, log }: { owner: Owner; age: ReadModelAge; log: Logger },
): () => void {
  let latest: Heartbeat | undefined;
  let isAsking = false;
  let ended = false;

  const askLog = async (): Promise<void> => {
    const heartbeat = latest;
    if (heartbeat === undefined || ended) return;
    latest = undefined;
    const reach = { seq: heartbeat.seq, id: heartbeat.id };
    const isThere = await isStillThere(nc, { reach, streams: { firstSeq: 0 } });
    if (isThere && !ended) age.borneOut(owner, heartbeat, performance.now());
  };
  const askInTurn = (): void => {
    if (isAsking) return;
    isAsking = true;
    askLog()
      .catch((error: unknown) => log.debug({ err: error, owner }, 'the log does not answer'))
      .finally(() => {
        setTimeout(() => {
          isAsking = false;
          if (latest !== undefined && !ended) askInTurn();
        }, AT_LEAST_MS).unref();
      });
  };
  const hear = (message: Msg): void => {
    const heartbeat = read(message);
    if (heartbeat === undefined) log.warn({ owner }, 'a heartbeat cannot be read');
    else if (age.heard(owner, heartbeat)) {
      latest = heartbeat;
      askInTurn();
    }
  };
  const subscription = nc.subscribe(heartbeatSubject(owner), {
    callback: (error, message) =>
      error === null ? hear(message) : log.error({ err: error, owner }, 'heartbeats cannot be heard'),
  });
  return () => {
    ended = true;
    if (!nc.isClosed()) subscription.unsubscribe();
  };
}

function read(message: Msg): Heartbeat | undefined {
  try {
    const value: unknown = message.json();
    return check(value) === undefined ? (value as Heartbeat) : undefined;
  } catch {
    return undefined;
  }
}
