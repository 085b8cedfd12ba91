import { type EventType, type RecordType, recordSubject } from '@muster/contracts';

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

/** What goes over the wire; `headers` as the client takes them all at once. `messageId` is what JetStream tells repeats by. */
export type OutgoingMessage = {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string[]>>;
  readonly payload: Uint8Array;
  readonly messageId: string;
};

/**
 * Writes a version as a CloudEvents 1.0 message in binary mode: the attributes are headers, the body is the record's
 * public state, empty for a deleted record.
 */
export function toMessage(publication: Publication): OutgoingMessage {
  const { type, key, v, state, traceparent } = publication;
  return {
    subject: recordSubject(type, key),
    headers: {
      'ce-specversion': ['1.0'],
      'ce-id': [publication.id],
      'ce-source': [`/farm/${publication.service}`],
      'ce-type': [publication.event],
      'ce-subject': [inOneLine(String(key))],
      'ce-time': [publication.at.toISOString()],
      'ce-dataschema': [`urn:muster:${type}:v1`],
      'ce-version': [String(v)],
      'ce-born': [String(publication.born)],
      ...(traceparent === null ? {} : { 'ce-traceparent': [inOneLine(traceparent)] }),
      ...(state === null ? {} : { 'content-type': ['application/json'] }),
    },
    payload: state === null ? new Uint8Array() : Buffer.from(JSON.stringify(state)),
    // The same from every relay that publishes the version.
    messageId: inOneLine(`${type}.${key}:${v}`),
  };
}

/** What came from outside must not end its field; the client does not look at values that it gets all at once. */
const inOneLine = (value: string): string => value.replaceAll(/[\r\n]/g, ' ');
