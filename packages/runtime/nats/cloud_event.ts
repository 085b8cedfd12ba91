import { type EventType, type RecordType, recordSubject } from '@muster/contracts';
import { type MsgHdrs, MsgHdrsImpl } from '@nats-io/transport-node';

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
  const attributes = {
    'ce-specversion': '1.0',
    'ce-id': publication.id,
    'ce-source': `/farm/${publication.service}`,
    'ce-type': publication.event,
    'ce-subject': String(key),
    'ce-time': publication.at.toISOString(),
    'ce-dataschema': `urn:muster:${type}:v1`,
    'ce-version': String(v),
    'ce-born': String(publication.born),
    ...(publication.traceparent === null ? {} : { 'ce-traceparent': publication.traceparent }),
    ...(state === null ? {} : { 'content-type': 'application/json' }),
  };
  return {
    subject: recordSubject(type, key),
    headers: headerOf(attributes),
    payload: state === null ? new Uint8Array() : Buffer.from(JSON.stringify(state)),
    // The same from every relay that publishes the version.
    messageId: `${type}.${key}:${v}`,
  };
}

/** Made at once, since the client looks for each field among those before it; then it does not look at values either. */
const headerOf = (fields: Readonly<Record<string, string>>): MsgHdrs =>
  MsgHdrsImpl.fromRecord(
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, [value.replaceAll(/[\r\n]/g, ' ')]]),
    ),
  );
