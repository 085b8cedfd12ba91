import { headers, MsgHdrsImpl } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { type Publication, toMessage } from './cloud_event.ts';
import { RefusedMessage, readMessage } from './read_message.ts';

const state = {
  slug: 'core.alt',
  name: 'Núcleo 1',
  host: null,
  source_path_count: 0,
  export_path_base: null,
};

const publication: Publication = {
  id: '0199-x',
  event: 'farm.assembler.updated.v1',
  type: 'assembler',
  key: 'core.alt',
  v: 3,
  born: 2,
  at: new Date('2026-01-02T03:04:05.678Z'),
  traceparent: '00-1-2-01',
  state,
  service: 'assemblers',
};

const received = (more: Partial<Publication> = {}) => {
  const { subject, headers, payload } = toMessage({ ...publication, ...more });
  return { subject, headers: MsgHdrsImpl.fromRecord(headers), data: payload };
};

test('toMessage() writes CloudEvents 1.0 in binary mode under the record’s subject', () => {
  const message = toMessage(publication);
  expect(message.subject).toBe('farm.assembler.core%2Ealt');
  expect(message.messageId).toBe('assembler.core.alt:3');
  const attributes = Object.fromEntries(
    Object.entries(message.headers).map(([name, [value]]) => [name, value]),
  );
  expect(attributes).toEqual({
    'ce-specversion': '1.0',
    'ce-id': '0199-x',
    'ce-source': '/farm/assemblers',
    'ce-type': 'farm.assembler.updated.v1',
    'ce-subject': 'core.alt',
    'ce-time': '2026-01-02T03:04:05.678Z',
    'ce-dataschema': 'urn:muster:assembler:v1',
    'ce-version': '3',
    'ce-born': '2',
    'ce-traceparent': '00-1-2-01',
    'content-type': 'application/json',
  });
  expect(JSON.parse(new TextDecoder().decode(message.payload))).toEqual(state);
});

test('toMessage() lets no value end its field, and readMessage() takes fields however they are written', () => {
  const { headers } = toMessage({ ...publication, traceparent: '00-1\r\nce-version: 9' });
  expect(headers['ce-traceparent']).toEqual(['00-1  ce-version: 9']);
  const { subject, data } = received();
  const shouted = Object.fromEntries(
    [...received().headers].map(([name, value]) => [name.toUpperCase(), value]),
  );
  expect(readMessage({ subject, data, headers: MsgHdrsImpl.fromRecord(shouted) })).toMatchObject({
    v: 3,
    state,
  });
});

test('readMessage() reads what toMessage() wrote', () => {
  expect(readMessage(received())).toEqual({
    id: '0199-x',
    type: 'assembler',
    verb: 'updated',
    key: 'core.alt',
    v: 3,
    born: 2,
    at: '2026-01-02T03:04:05.678Z',
    traceparent: '00-1-2-01',
    state,
  });
});

test('readMessage() reads a deletion, which has no body', () => {
  const message = received({ event: 'farm.assembler.deleted.v1', state: null, traceparent: null });
  expect(message.data).toHaveLength(0);
  expect(readMessage(message)).toMatchObject({ verb: 'deleted', state: null, traceparent: null, v: 3 });
});

test('readMessage() takes structured mode and passes over what it does not know', () => {
  const header = headers();
  header.set('Content-Type', 'application/cloudevents+json; charset=utf-8');
  const event = {
    specversion: '1.0',
    id: 'x',
    source: '/elsewhere',
    type: 'farm.assembler.created.v1',
    time: '2026-01-02T03:04:05Z',
    version: 1,
    born: '1',
    colour: 'blue',
    data: { ...state, more: [1] },
  };
  const data = new TextEncoder().encode(JSON.stringify(event));
  const read = readMessage({ subject: 'farm.assembler.core%2Ealt', headers: header, data });
  expect(read).toMatchObject({ id: 'x', v: 1, born: 1, verb: 'created', traceparent: null });
  expect(read.state).toMatchObject({ more: [1] });
});

const text = (body: string) => new TextEncoder().encode(body);

test.each<[string, () => Parameters<typeof readMessage>[0]]>([
  ['unknown type', () => ({ ...received(), headers: undefined })],
  ['does not belong', () => ({ ...received(), subject: 'farm.tag.1' })],
  ['no JSON', () => ({ ...received(), data: text('{') })],
  ['no JSON', () => ({ ...received(), data: Uint8Array.of(0xff) })],
  ['slug', () => ({ ...received(), data: text('{"name":"x"}') })],
  ['must be object', () => ({ ...received(), data: new Uint8Array() })],
  ['version', () => received({ v: 0 })],
  ['born', () => received({ born: 4 })],
])('readMessage() refuses: %s', (reason, message) => {
  expect(() => readMessage(message())).toThrow(RefusedMessage);
  expect(() => readMessage(message())).toThrow(reason);
});
