import { DEAD_LETTER_STREAM, deadLetterSubject } from '@muster/contracts';
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';

/**
 * Copies a message that cannot be taken to FARM_DLQ, with the reason in `dlq-reason`; once, however often and by however
 * many instances it is done.
 */
export async function copyToDeadLetters(
  nc: NatsConnection,
  message: Pick<JsMsg, 'subject' | 'headers' | 'data' | 'seq'>,
  why: { service: string; consumer: string; reason: string },
): Promise<void> {
  const header = headers();
  for (const [name, values] of message.headers ?? []) {
    // JetStream's own headers would be obeyed again.
    if (!name.startsWith('Nats-')) for (const value of values) header.append(name, value);
  }
  header.set('dlq-reason', why.reason.replaceAll(/[\r\n]/g, ' ').slice(0, 500));
  header.set('dlq-consumer', why.consumer);
  header.set('dlq-subject', message.subject);
  header.set('dlq-sequence', String(message.seq));
  const type = message.subject.split('.')[1] ?? 'unknown';
  await jetstream(nc).publish(deadLetterSubject(why.service, type), message.data, {
    headers: header,
    msgID: `${why.consumer}:${message.subject}:${message.seq}`,
    expect: { streamName: DEAD_LETTER_STREAM },
  });
}
