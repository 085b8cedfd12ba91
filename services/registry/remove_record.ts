import { eventType } from '@muster/contracts';
import { asked, type Burial, type Clock, type Origin } from '@muster/runtime';
import type { Bury, Kind } from './record.ts';

/** What the removal of a record needs. */
export type RemoveDeps<S, K extends string | number> = Clock & { readonly bury: Bury<S, K> };

/** Removes a record of any kind, if it lives and has one of the revisions that are asked for, where any are. */
export const removeRecord = <S, K extends string | number>(
  input: { kind: Kind; id: K; revisions: readonly number[] | undefined; origin: Origin },
  deps: RemoveDeps<S, K>,
): Promise<Burial<S, K>> =>
  deps.bury({
    id: input.id,
    revisions: input.revisions,
    change: asked(eventType(input.kind, 'deleted'), input.origin, deps),
  });
