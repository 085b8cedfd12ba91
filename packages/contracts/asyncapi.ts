import { cloudEventHeaders } from './cloud_event_headers.ts';
import { digestReplySchema, digestRequestSchema, digestSubject } from './digests.ts';
import { eventType, type Owner, type RecordType, recordTypes, type Verb } from './events.ts';
import { heartbeatSchema, heartbeatSubject } from './heartbeat.ts';
import { REFERENCE_KINDS, type ReferenceKind } from './records/tagging.ts';
import { lookupReplySchema, lookupRequestSchema, lookupSubject } from './subjects.ts';

/** An AsyncAPI 3.0 document, ready to be written as JSON. */
export type AsyncApiDocument = {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, object>>;
};

/** A channel: a subject, or several that differ in a key, and the messages that are on it. */
export type AsyncApiChannel = {
  readonly address: string | null;
  readonly messages: Readonly<Record<string, AsyncApiMessage>>;
  readonly [word: string]: unknown;
};

/** A message, with the schemas of its header fields and its body; a message without a `payload` has an empty body. */
export type AsyncApiMessage = {
  readonly name: string;
  readonly payload?: object;
  readonly headers?: object;
  readonly [word: string]: unknown;
};

const VERBS: readonly Verb[] = ['created', 'updated', 'deleted'];

const about = [
  'Every committed change of every record, once and in order per record, on the NATS JetStream stream FARM (7 days) and as the',
  'last state of each record on FARM_STATE. CloudEvents 1.0 in binary mode; consumers tolerate fields that they do not know.',
  'The owner of a kind of record answers look-ups and digests of it by request and reply, and tells by heartbeats over core NATS up to',
  'when its changes are on FARM.',
].join(' ');

/** Describes the farm's events and look-ups as an AsyncAPI 3.0 document, operations as their owners see them. */
export function asyncApiDocument(version = '1.0.0'): AsyncApiDocument {
  const types = Object.keys(recordTypes) as RecordType[];
  return {
    asyncapi: '3.0.0',
    info: { title: 'Muster: events of the farm', version, description: about },
    defaultContentType: 'application/json',
    channels: Object.fromEntries([
      ...types.map((type) => [type, recordChannel(type)] as const),
      ...asked.flatMap(askedChannels),
      ...owners.map(heartbeatChannel),
    ]),
    operations: Object.fromEntries([
      ...types.map(publish),
      ...asked.map(answer),
      ...owners.map(sendHeartbeat),
    ]),
  };
}

function recordChannel(type: RecordType): AsyncApiChannel {
  return {
    address: `farm.${type}.{key}`,
    description: `The changes of each ${spoken(type)}, which the ${recordTypes[type].owner} service owns.`,
    parameters: {
      key: {
        description: `The key of the ${spoken(type)} as one subject token: a dot in it is written %2E.`,
      },
    },
    messages: Object.fromEntries(VERBS.map((verb) => [messageId(type, verb), changeMessage(type, verb)])),
  };
}

function changeMessage(type: RecordType, verb: Verb): AsyncApiMessage {
  return {
    name: eventType(type, verb),
    summary: `A ${spoken(type)} was ${verb}.${verb === 'deleted' ? ' The body is empty.' : ''}`,
    headers: cloudEventHeaders(type, verb),
    ...(verb === 'deleted' ? {} : { contentType: 'application/json', payload: recordTypes[type].state }),
  };
}

function publish(type: RecordType): [string, object] {
  const { owner } = recordTypes[type];
  return [
    `publish_${type}`,
    {
      action: 'send',
      channel: { $ref: `#/channels/${type}` },
      summary: `The ${owner} service publishes each change of each ${spoken(type)}.`,
      tags: [{ name: owner }],
      messages: VERBS.map((verb) => ({ $ref: `#/channels/${type}/messages/${messageId(type, verb)}` })),
    },
  ];
}

/** What an owner is asked of a kind of record: on which subject, and in which form. */
const asked = REFERENCE_KINDS.flatMap((kind) => [
  {
    kind,
    what: 'lookup',
    subject: lookupSubject(kind),
    request: lookupRequestSchema,
    reply: lookupReplySchema,
  },
  {
    kind,
    what: 'digest',
    subject: digestSubject(kind),
    request: digestRequestSchema,
    reply: digestReplySchema,
  },
]);

type Asked = (typeof asked)[number];

const does: Readonly<Record<string, (kind: ReferenceKind) => string>> = {
  lookup: (kind) => `answers which of the ${kind}s asked for it knows`,
  digest: (kind) =>
    `answers a part of its ${kind}s, digested or listed, so that copies can be compared with them`,
};

const channelOf = (address: string | null, name: string, payload: object): AsyncApiChannel => ({
  address,
  messages: { [name]: { name, contentType: 'application/json', payload } },
});

/** A reply comes on the inbox that its request names, so the reply's channel has no address of its own. */
const askedChannels = ({ kind, what, subject, request, reply }: Asked): [string, AsyncApiChannel][] => [
  [`${what}_${kind}`, channelOf(subject, `${what}_request`, request)],
  [`${what}_${kind}_reply`, channelOf(null, `${what}_reply`, reply)],
];

function answer({ kind, what }: Asked): [string, object] {
  const { owner } = recordTypes[kind];
  return [
    `answer_${what}_${kind}`,
    {
      action: 'receive',
      channel: { $ref: `#/channels/${what}_${kind}` },
      summary: `The ${owner} service ${does[what]?.(kind)}.`,
      tags: [{ name: owner }],
      messages: [{ $ref: `#/channels/${what}_${kind}/messages/${what}_request` }],
      reply: {
        channel: { $ref: `#/channels/${what}_${kind}_reply` },
        messages: [{ $ref: `#/channels/${what}_${kind}_reply/messages/${what}_reply` }],
      },
    },
  ];
}

const owners: readonly Owner[] = [...new Set(Object.values(recordTypes).map(({ owner }) => owner))];

const heartbeatChannel = (owner: Owner): [string, AsyncApiChannel] => [
  `heartbeat_${owner}`,
  channelOf(heartbeatSubject(owner), 'heartbeat', heartbeatSchema),
];

const sendHeartbeat = (owner: Owner): [string, object] => [
  `send_heartbeat_${owner}`,
  {
    action: 'send',
    channel: { $ref: `#/channels/heartbeat_${owner}` },
    summary: `The ${owner} service tells some times a second up to when its changes are on FARM, and up to which sequence.`,
    tags: [{ name: owner }],
    messages: [{ $ref: `#/channels/heartbeat_${owner}/messages/heartbeat` }],
  },
];

const messageId = (type: RecordType, verb: Verb): string => `${type}_${verb}`;
const spoken = (type: RecordType): string => type.replaceAll('_', ' ');
