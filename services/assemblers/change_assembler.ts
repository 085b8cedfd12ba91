import { type Assembler, eventType, type ChangeAssembler as Given } from '@muster/contracts';
import { asked, type Change, type Changed, type Clock, type Origin } from '@muster/runtime';
import { changesOf, type HeldAssembler, notUnique, type Taken, unknownAssembler } from './assembler.ts';

/** What the change of an assembler needs. */
export type ChangeAssemblerDeps = Clock & {
  /** Changes the assembler, if it has one of `revisions` where they are given. One atomic step. */
  readonly change: (input: {
    readonly id: string;
    readonly patch: Partial<Assembler>;
    readonly revisions: readonly number[] | undefined;
    readonly change: Change;
  }) => Promise<Changed<Assembler, string> | Taken>;
};

/** What became of a change; `refused`: the assembler has none of the revisions that were asked for. */
export type ChangedAssembler = {
  readonly outcome: 'changed' | 'unchanged' | 'refused';
  readonly doc: HeldAssembler;
};

/**
 * Changes the fields that are given. What already is so is not written and makes no event.
 *
 * @throws {AppError} `not_found`; `not_unique` naming the field of which another living assembler has the value.
 */
export async function changeAssembler(
  input: { slug: string; given: Given; revisions: readonly number[] | undefined; origin: Origin },
  deps: ChangeAssemblerDeps,
): Promise<ChangedAssembler> {
  const { slug, revisions } = input;
  const patch = changesOf(input.given);
  const change = asked(eventType('assembler', 'updated'), input.origin, deps);
  const changed = await deps.change({ id: slug, patch, revisions, change });
  if (changed.outcome === 'missing') throw unknownAssembler(slug);
  if (changed.outcome === 'taken') throw notUnique(changed.field, patch);
  const { outcome, doc } = changed;
  return { outcome: outcome === 'conflict' ? 'refused' : outcome, doc };
}
