import { type Assembler, type CreateAssembler, eventType } from '@muster/contracts';
import { asked, type Change, type Clock, type Insertion, type Origin } from '@muster/runtime';
import { type HeldAssembler, newAssembler, notUnique, type Taken } from './assembler.ts';

/** What the creation of an assembler needs. */
export type CreateAssemblerDeps = Clock & {
  /** Makes the assembler unless a living one has its slug (`exists`) or another unique value. One atomic step. */
  readonly insert: (input: {
    readonly id: string;
    readonly state: Assembler;
    readonly change: Change;
  }) => Promise<Insertion<Assembler, string> | Taken>;
};

/**
 * Creates an assembler. Its source paths may have been announced before it; they are counted as its event is published.
 *
 * @throws {AppError} `not_unique` naming the first field of which another living assembler has the value.
 */
export async function createAssembler(
  input: { given: CreateAssembler; origin: Origin },
  deps: CreateAssemblerDeps,
): Promise<HeldAssembler> {
  const state = newAssembler(input.given);
  const change = asked(eventType('assembler', 'created'), input.origin, deps);
  const inserted = await deps.insert({ id: state.slug, state, change });
  if (inserted.outcome === 'taken') throw notUnique(inserted.field, state);
  if (inserted.outcome === 'exists') throw notUnique('slug', state);
  return inserted.doc;
}
