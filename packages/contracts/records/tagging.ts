import { type FromSchema, integerId, type ObjectSchema, uuid } from '../schema.ts';
import { slug } from './assembler.ts';

/** The kinds of record that a tag may be attached to. */
export const REFERENCE_KINDS = ['agent', 'job', 'assembler'] as const;

/** A kind of record that a tag may be attached to. */
export type ReferenceKind = (typeof REFERENCE_KINDS)[number];

/** What attaches an assembler to a tag. */
export const attachAssemblerSchema = {
  type: 'object',
  properties: { assembler_slug: slug },
  required: ['assembler_slug'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/**
 * One tag on one agent, job or assembler. It holds while the tag's current incarnation is `incarnation` and the record it
 * points at is still in the life that began at version `born`.
 */
export const taggingSchema = {
  type: 'object',
  properties: {
    tag_id: integerId,
    incarnation: uuid,
    kind: { type: 'string', enum: REFERENCE_KINDS },
    ref: { type: ['string', 'integer'], maxLength: 64 },
    born: { type: 'integer', minimum: 1 },
  },
  required: ['tag_id', 'incarnation', 'kind', 'ref', 'born'],
  additionalProperties: true,
} as const satisfies ObjectSchema;

/** One tag on one record, as it is held and published. */
export type Tagging = FromSchema<typeof taggingSchema>;
