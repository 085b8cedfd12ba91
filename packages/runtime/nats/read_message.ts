import {
  type ChangeEvent,
  checker,
  keyOfToken,
  type RecordType,
  readEventType,
  recordTypes,
} from '@muster/contracts';
import type { MsgHdrs } from '@nats-io/transport-node';

/** A message that is no event of this farm, or whose body its schema refuses; `message` says why. */
export class RefusedMessage extends Error {
  override name = 'RefusedMessage';
}

type Incoming = {
  readonly subject: string;
  readonly headers?: MsgHdrs | undefined;
  readonly data: Uint8Array;
};

/** A CloudEvent's attributes and data, whichever way they came. */
type Envelope = { attribute(name: string): string; data: unknown };

const checkers = new Map(
  Object.entries(recordTypes).map(([type, { state }]) => [type as RecordType, checker(state)]),
);

/**
 * Reads a message of the log: a CloudEvent in binary mode (attributes as `ce-` headers) or in structured mode
 * (`application/cloudevents+json`). Attributes and fields that are not known are passed over.
 *
 * @throws {RefusedMessage} when it cannot be taken.
 */
export function readMessage(message: Incoming): ChangeEvent {
  const header = fieldsOf(message);
  const isStructured = header.get('content-type')?.startsWith('application/cloudevents+json') ?? false;
  const envelope = isStructured ? structured(message) : binary(message, header);
  const { attribute } = envelope;
  const kind = readEventType(attribute('type'));
  if (kind === undefined) throw new RefusedMessage(`unknown type "${attribute('type').slice(0, 64)}"`);
  const [, subjectType, token] = message.subject.split('.');
  if (subjectType !== kind.type || token === undefined) {
    throw new RefusedMessage(`type ${kind.type} does not belong on the subject ${message.subject}`);
  }
  const v = positive('version', attribute('version'));
  const born = positive('born', attribute('born'));
  if (born > v) throw new RefusedMessage(`born ${born} is after version ${v}`);
  const at = attribute('time');
  if (Number.isNaN(Date.parse(at))) throw new RefusedMessage('time is no time');
  return {
    id: attribute('id'),
    type: kind.type,
    verb: kind.verb,
    key: keyOfToken(token),
    v,
    born,
    at,
    traceparent: attribute('traceparent') || null,
    state: kind.verb === 'deleted' ? null : stateOf(kind.type, envelope.data),
  };
}

function stateOf(type: RecordType, data: unknown): Readonly<Record<string, unknown>> {
  const reason = checkers.get(type)?.(data);
  if (reason !== undefined) throw new RefusedMessage(reason);
  return data as Record<string, unknown>;
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isSafeInteger(number) || number < 1) {
    throw new RefusedMessage(`${name} is no positive integer`);
  }
  return number;
}

/** The first value of each field of a header, by its name in small letters: to look for each as it may be written takes long. */
function fieldsOf({ headers }: Incoming): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, [value = '']] of headers ?? []) {
    const field = name.toLowerCase();
    if (!fields.has(field)) fields.set(field, value);
  }
  return fields;
}

const binary = ({ data }: Incoming, header: ReadonlyMap<string, string>): Envelope => ({
  attribute: (name) => header.get(`ce-${name}`) ?? '',
  data: data.length === 0 ? null : parse(data),
});

function structured({ data }: Incoming): Envelope {
  const event = parse(data);
  if (typeof event !== 'object' || event === null) throw new RefusedMessage('the event is no object');
  const attributes = event as Record<string, unknown>;
  const attribute = (name: string) => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  return { attribute, data: attributes.data ?? null };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(data));
  } catch {
    throw new RefusedMessage('the body is no JSON');
  }
}
