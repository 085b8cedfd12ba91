import type { AddSourcePath, SourcePath } from '@muster/contracts';

/** A new source path; null for what is not given. */
export const newSourcePath = (id: string, given: AddSourcePath): SourcePath => ({
  id,
  name: given.name,
  assembler_slug: given.assembler_slug,
  relative_path: given.relative_path ?? null,
  branch: given.branch ?? null,
  arch: given.arch ?? null,
});
