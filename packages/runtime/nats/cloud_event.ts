import { type EventType, type RecordType, recordSubject } from '@muster/contracts';
import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** One version of one record, ready to be published. */
export type Publication = {
  /** A UUIDv7. */
  readonly id: string;
  readonly event: EventType;
  readonly type: RecordType;
  readonly key: string | number;
  readonly v: number;
  readonly born: number;
  readonly at: Date;
  readonly traceparent: string | null;
  /** The public state; null for a deleted record. */
  readonly state: object | null;
  /** The publishing service. */
  readonly service: string;
};

/** What goes over the wire. `messageId` is what JetStream tells repeats by. */
export type OutgoingMessage = {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
  readonly messageId: string;
};

/**
 * Writes a version as a CloudEvents 1.0 message in binary mode: the attributes are headers, the body is the record's
 * public state, empty for a deleted record.
 */
export function toMessage(publication: Publication): OutgoingMessage {
  const { type, key, v, state } = publication;
  const header = headers();
  header.set('ce-specversion', '1.0');
  header.set('ce-id', publication.id);
  header.set('ce-source', `/farm/${publication.service}`);
  header.set('ce-type', publication.event);
  header.set('ce-subject', String(key));
  header.set('ce-time', publication.at.toISOString());
  header.set('ce-dataschema', `urn:muster:${type}:v1`);
  header.set('ce-version', String(v));
  header.set('ce-born', String(publication.born));
  if (publication.traceparent !== null) header.set('ce-traceparent', publication.traceparent);
  if (state !== null) header.set('content-type', 'application/json');
  return {
    subject: recordSubject(type, key),
    headers: header,
    payload: state === null ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(state)),
    // The same from every relay that publishes the version.
    messageId: `${type}.${key}:${v}`,
  };
}
