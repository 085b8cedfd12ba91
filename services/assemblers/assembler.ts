import { AppError, type Assembler, type ChangeAssembler, type CreateAssembler } from '@muster/contracts';
import type { HeldDoc } from '@muster/runtime';

/** An assembler as it is held, with its version. */
export type HeldAssembler = HeldDoc<Assembler>;

/** The fields of which no two living assemblers have the same value. */
export const UNIQUE_FIELDS = ['slug', 'name', 'host'] as const;

/** A field that must be unique among the living. */
export type UniqueField = (typeof UNIQUE_FIELDS)[number];

/** A write that was refused because another living assembler has the value of `field`. */
export type Taken = { readonly outcome: 'taken'; readonly field: UniqueField };

/** A new assembler; what is not given is null, and it has no source paths that are known yet. */
export const newAssembler = (given: CreateAssembler): Assembler => ({
  slug: given.slug,
  name: given.name,
  host: given.host?.toLowerCase() ?? null,
  source_path_count: 0,
  export_path_base: given.export_path_base ?? null,
});

/** The fields that a change gives, as they are held; host names do not differ by case. */
export const changesOf = (given: ChangeAssembler): Partial<Assembler> => ({
  ...given,
  ...(given.host === undefined ? {} : { host: given.host.toLowerCase() }),
});

/** The refusal of a value that another assembler has. */
export const notUnique = (field: UniqueField, values: Partial<Assembler>): AppError =>
  new AppError('not_unique', 'not_unique', { field, value: values[field] ?? '' });

/** The refusal of a slug that no living assembler has. */
export const unknownAssembler = (slug: string): AppError =>
  new AppError('not_found', 'record_unknown', { kind: 'assembler', id: slug });
