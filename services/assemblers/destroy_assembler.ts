import { type Assembler, eventType } from '@muster/contracts';
import { asked, type Burial, type Change, type Clock, type Origin } from '@muster/runtime';
import { type HeldAssembler, unknownAssembler } from './assembler.ts';

/** What the destruction of an assembler needs. */
export type DestroyAssemblerDeps = Clock & {
  /** Destroys the assembler, if it has one of `revisions` where they are given. One atomic step. */
  readonly bury: (input: {
    readonly id: string;
    readonly revisions: readonly number[] | undefined;
    readonly change: Change;
  }) => Promise<Burial<Assembler, string>>;
};

/** What became of a destruction: the assembler as it was, or, `refused`, as it is with another revision. */
export type DestroyedAssembler = { readonly outcome: 'destroyed' | 'refused'; readonly doc: HeldAssembler };

/**
 * Destroys an assembler; its slug, name and host are free again.
 *
 * @throws {AppError} `not_found`.
 */
export async function destroyAssembler(
  input: { slug: string; revisions: readonly number[] | undefined; origin: Origin },
  deps: DestroyAssemblerDeps,
): Promise<DestroyedAssembler> {
  const { slug, revisions } = input;
  const change = asked(eventType('assembler', 'deleted'), input.origin, deps);
  const burial = await deps.bury({ id: slug, revisions, change });
  if (burial.outcome === 'missing') throw unknownAssembler(slug);
  if (burial.outcome === 'buried') return { outcome: 'destroyed', doc: burial.before };
  return { outcome: 'refused', doc: burial.doc };
}
