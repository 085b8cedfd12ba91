import type { ChangeEvent } from '@muster/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { RefusedMessage, readMessage } from '../nats/read_message.ts';
import { type Apply, applyChanges } from './apply_changes.ts';
import { copyToDeadLetters } from './dead_letter.ts';
import { foldChanges, recordOf } from './fold_changes.ts';

/** What became of a batch: messages to be acknowledged, and messages whose change was refused, with the reason. */
export type TakenBatch = {
  readonly done: readonly JsMsg[];
  readonly refused: readonly { readonly message: JsMsg; readonly reason: string }[];
};

type Deps = {
  readonly nc: NatsConnection;
  readonly service: string;
  readonly durable: string;
  readonly apply: Apply;
  readonly ended: AbortSignal;
  readonly log: Logger;
  /** Called for each message that its schema refuses. */
  readonly onUnreadable: () => void;
};

/** Reads a batch, folds it to one change per record and applies that. A message that cannot be read goes to FARM_DLQ. */
export async function takeBatch(batch: readonly JsMsg[], deps: Deps): Promise<TakenBatch> {
  const read: { message: JsMsg; event: ChangeEvent }[] = [];
  for (const message of batch) {
    const event = await readOrBury(message, deps);
    if (event !== undefined) read.push({ message, event });
  }
  const changes = foldChanges(read.map(({ event }) => event));
  const refusals = await applyChanges(changes, deps);
  const reasons = new Map(refusals.map(({ change, reason }) => [recordOf(change.event), reason]));
  const isRefused = ({ event }: { event: ChangeEvent }) => reasons.has(recordOf(event));
  return {
    done: read.filter((one) => !isRefused(one)).map(({ message }) => message),
    refused: read
      .filter(isRefused)
      .map(({ message, event }) => ({ message, reason: reasons.get(recordOf(event)) ?? '' })),
  };
}

async function readOrBury(message: JsMsg, deps: Deps): Promise<ChangeEvent | undefined> {
  try {
    return readMessage(message);
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error;
    const { message: reason } = error;
    deps.log.error({ reason, subject: message.subject, seq: message.seq }, 'a message was refused');
    await copyToDeadLetters(deps.nc, message, { service: deps.service, consumer: deps.durable, reason });
    message.term(reason);
    deps.onUnreadable();
    return undefined;
  }
}
