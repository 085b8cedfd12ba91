import type { OpenApiDocument } from '@muster/contracts';
import fc from 'fast-check';
import type { CheckedFetch } from '../checked_fetch.ts';
import type { Ledger } from './ledger.ts';

/** What a property has to do with: the farm, by a client that holds every answer to the description, and what was stored in it. */
export interface World {
  readonly fetch: CheckedFetch;
  readonly document: OpenApiDocument;
  readonly ledger: Ledger;
}

/** How many values to try, drawn from which seed; `path` is where a finding was. */
type Tried = { readonly seed: number; readonly numRuns: number; readonly path?: string };

/** Looks for a value of which something does not hold. */
export type Property = (world: World, tried: Tried) => Promise<fc.RunDetails<unknown>>;

/** Makes a property of what must hold of each given value; it throws where it does not. */
export const property =
  <T>(given: fc.Arbitrary<T>, holds: (value: T, world: World) => Promise<void>): Property =>
  async (world, tried) =>
    (await fc.check(
      fc.asyncProperty(given, (value) => holds(value, world)),
      tried,
    )) as fc.RunDetails<unknown>;
