import schema from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { eventType, type RecordType, recordTypes } from './events.ts';
import { recordSubject } from './subjects.ts';

const document = asyncApiDocument();
// The official schema leaves types out of its conditions and names formats that only a URI library knows.
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

test('asyncApiDocument() is valid AsyncAPI 3.0', () => {
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...document, operations: { wrong: { action: 'shout' } } })).toBe(false);
});

test('asyncApiDocument() has a channel for every type of record, with each change that can happen to it', () => {
  for (const type of Object.keys(recordTypes) as RecordType[]) {
    const channel = document.channels[type];
    expect(channel?.address?.replace('{key}', 'a%2Eb')).toBe(recordSubject(type, 'a.b'));
    const names = Object.values(channel?.messages ?? {}).map(({ name }) => name);
    expect(names).toEqual((['created', 'updated', 'deleted'] as const).map((verb) => eventType(type, verb)));
  }
});

test('asyncApiDocument() says which service publishes and which answers look-ups', () => {
  const { publish_source_path, answer_lookup_assembler } = document.operations;
  expect(publish_source_path).toMatchObject({ action: 'send', tags: [{ name: 'registry' }] });
  expect(answer_lookup_assembler).toMatchObject({
    action: 'receive',
    tags: [{ name: 'assemblers' }],
    reply: { channel: { $ref: '#/channels/lookup_assembler_reply' } },
  });
  expect(document.channels.lookup_assembler?.address).toBe('farm.rpc.assembler.lookup');
  expect(document.channels.digest_job?.address).toBe('farm.rpc.job.digest');
  expect(document.operations.send_heartbeat_registry).toMatchObject({ action: 'send' });
  expect(document.channels.heartbeat_registry?.address).toBe('farm.heartbeat.registry');
});

test('asyncApiDocument() has no reference that leads nowhere', () => {
  for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = reference
      .split('/')
      .reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
    expect(target, reference).toBeDefined();
  }
});
