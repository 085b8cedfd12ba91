import type { Handler } from '@muster/runtime';
import type { Comparison } from '../compare_references.ts';
import type { Flight } from '../one_flight.ts';
import type { Repair } from '../repair_references.ts';

/** What the operations on integrity need. */
export type IntegrityHandlersDeps = {
  readonly compare: Flight<Comparison>;
  readonly repair: Flight<Repair>;
};

/** The handlers of the operations on integrity. */
export const integrityHandlers = ({
  compare,
  repair,
}: IntegrityHandlersDeps): Readonly<Record<'getIntegrity' | 'repairIntegrity', Handler>> => ({
  getIntegrity: async () => ({ status: 200, body: await compare() }),
  repairIntegrity: async () => ({ status: 200, body: await repair() }),
});
