/**
 * What the services of the farm promise each other and their clients: records, commands, events, subjects, errors and the
 * table of HTTP operations. No I/O happens here.
 *
 * ```ts
 * import { parser, recordSubject, tagSchema, type Tag } from '@muster/contracts';
 *
 * const parseTag = parser<Tag>(tagSchema);
 * recordSubject('assembler', 'core.alt'); // farm.assembler.core%2Ealt
 * ```
 *
 * @module
 */
export * from './asyncapi.ts';
export * from './digests.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './heartbeat.ts';
export * from './openapi.ts';
export * from './operations/mod.ts';
export * from './parse.ts';
export * from './records/agent.ts';
export * from './records/assembler.ts';
export * from './records/job.ts';
export * from './records/source_path.ts';
export * from './records/tag.ts';
export * from './records/tagging.ts';
export * from './schema.ts';
export * from './subjects.ts';
export * from './token_file.ts';
