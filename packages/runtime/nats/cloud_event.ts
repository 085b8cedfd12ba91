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
  header.append('ce-specversion', '1.0');
  header.append('ce-id', publication.id);
  header.append('ce-source', `/farm/${publication.service}`);
  header.append('ce-type', publication.event);
  header.append('ce-subject', String(key));
  header.append('ce-time', publication.at.toISOString());
  header.append('ce-dataschema', `urn:muster:${type}:v1`);
  header.append('ce-version', String(v));
  header.append('ce-born', String(publication.born));
  if (publication.traceparent !== null) header.append('ce-traceparent', publication.traceparent);
  if (state !== null) header.append('content-type', 'application/json');
  return {
    subject: recordSubject(type, key),
    headers: header,
    payload: state === null ? new Uint8Array() : Buffer.from(JSON.stringify(state)),
    // The same from every relay that publishes the version.
    messageId: `${type}.${key}:${v}`,
  };
}
