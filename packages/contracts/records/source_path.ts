import { type FromSchema, nullable, type ObjectSchema, text, uuid } from '../schema.ts';
import { slug } from './assembler.ts';

const fields = {
  name: text(255),
  assembler_slug: slug,
  relative_path: nullable(text(1024)),
  branch: nullable(text(255)),
  arch: nullable(text(64)),
} as const;

/** A place that an assembler builds sources from. */
export const sourcePathSchema = {
  type: 'object',
  properties: { id: uuid, ...fields },
  required: ['id', 'name', 'assembler_slug', 'relative_path', 'branch', 'arch'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** A source path, as its owner holds and publishes it. */
export type SourcePath = FromSchema<typeof sourcePathSchema>;

/** What adds a source path; its id is given by the owner. */
export const addSourcePathSchema = {
  type: 'object',
  properties: fields,
  required: ['name', 'assembler_slug'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The command that adds a source path. */
export type AddSourcePath = FromSchema<typeof addSourcePathSchema>;
