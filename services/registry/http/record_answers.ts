import { AppError } from '@muster/contracts';
import {
  type Answer,
  type Burial,
  checkIfMatch,
  type HeldDoc,
  type Request,
  revisionTag,
} from '@muster/runtime';
import type { Kind } from '../record.ts';

/** The refusal of an id under which nothing is. */
export const unknown = (kind: Kind, id: string): AppError =>
  new AppError('not_found', 'record_unknown', { kind, id });

/**
 * Answers one record.
 *
 * @throws {AppError} `not_found` when there is none.
 */
export function oneAnswer<S>(kind: Kind, id: string, doc: HeldDoc<S, string | number> | undefined): Answer {
  if (doc === undefined) throw unknown(kind, id);
  return { status: 200, body: doc.state, revision: doc.v };
}

/**
 * Gives back the record that was removed, or undefined when there was none.
 *
 * @throws {AppError} `precondition_failed` when `If-Match` did not hold.
 */
export function removed<S, K extends string | number>(
  { ifMatch }: Pick<Request, 'ifMatch'>,
  burial: Burial<S, K>,
): HeldDoc<S, K> | undefined {
  if (burial.outcome === 'buried') return burial.before;
  checkIfMatch(ifMatch, burial.outcome === 'missing' ? undefined : revisionTag(burial.doc.v));
  return undefined;
}
