import { type AddSourcePath, eventType, type SourcePath } from '@muster/contracts';
import { asked, type Clock, type LiveDoc, type Origin } from '@muster/runtime';
import type { Insert } from './record.ts';
import { newSourcePath } from './source_path.ts';

/** What the addition of a source path needs. */
export type AddSourcePathDeps = Clock & {
  readonly insert: Insert<SourcePath, string>;
  readonly newId: () => string;
};

/** Adds a source path. Its assembler is held elsewhere and may be made later, so it is not asked for. */
export async function addSourcePath(
  input: { given: AddSourcePath; origin: Origin },
  deps: AddSourcePathDeps,
): Promise<LiveDoc<SourcePath>> {
  const change = asked(eventType('source_path', 'created'), input.origin, deps);
  const path = newSourcePath(deps.newId(), input.given);
  const { doc } = await deps.insert({ id: path.id, state: path, change });
  return doc;
}
