import { type FromSchema, nullable, type ObjectSchema, text } from '../schema.ts';

/** 1 to 64 of `a-z 0-9 . _ -`, starting with a letter or digit, never ending in `.json` (the address would be ambiguous). */
export const slug = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  pattern: '^(?!.*\\.json$)[a-z0-9][a-z0-9._-]*$',
} as const;

/** A host name or address with an optional port; compared lower-cased, which the service sees to. */
export const host = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  pattern: '^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?$',
} as const;

/** An absolute POSIX path without `..` segments. */
export const exportPathBase = {
  type: 'string',
  minLength: 1,
  maxLength: 1024,
  pattern: '^(?!.*/\\.\\.(?:/|$))/',
} as const;

/** A build host of a distribution's farm. */
export const assemblerSchema = {
  type: 'object',
  properties: {
    slug,
    name: text(255),
    host: nullable(host),
    source_path_count: { type: 'integer', minimum: 0 },
    export_path_base: nullable(exportPathBase),
  },
  required: ['slug', 'name', 'host', 'source_path_count', 'export_path_base'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** A build host, exactly as the API answers it. */
export type Assembler = FromSchema<typeof assemblerSchema>;

/** What creates an assembler. A blank optional field is absent before this schema is asked. */
export const createAssemblerSchema = {
  type: 'object',
  properties: { slug, name: text(255), host, export_path_base: exportPathBase },
  required: ['slug', 'name'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The command that creates an assembler. */
export type CreateAssembler = FromSchema<typeof createAssemblerSchema>;

/** What changes an assembler; fields that are absent stay as they are. */
export const changeAssemblerSchema = {
  type: 'object',
  properties: { name: text(255), host, export_path_base: exportPathBase },
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** The command that changes an assembler. */
export type ChangeAssembler = FromSchema<typeof changeAssemblerSchema>;
