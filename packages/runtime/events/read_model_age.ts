import type { Heartbeat, Owner } from '@muster/contracts';
import type { Reach } from './in_order.ts';

/** What is known of how far a read model is behind the owners of what it keeps copies of. */
export type ReadModelAge = {
  /**
   * Every change that the owner, or each of the owners, acknowledged before that time is in the read model (epoch milliseconds by
   * the owner's clock); 0 before anything is known.
   */
  asOf(owner?: Owner): number;
  /** The furthest sequence of FARM up to which the owners' changes are known to be in the read model. */
  seq(): number;
  /** Takes a heartbeat in; true when the log has to be asked whether it has what the heartbeat speaks of, see `borneOut`. */
  heard(owner: Owner, heartbeat: Heartbeat): boolean;
  /** Notes that the log has it, at `now` (ms of a clock that never goes back). */
  borneOut(owner: Owner, heartbeat: Heartbeat, now: number): void;
  /** Whether a heartbeat that the log has borne out waits for the read model. */
  waits(): boolean;
  /** Notes that what was in the log at `at`, by the same clock, is in the read model. */
  caughtUp(at: number): void;
  /** Forgets what is not proven yet: with the connection, the log may have become another one. */
  forgetUnproven(): void;
};

type Claim = { readonly heartbeat: Heartbeat; readonly since: number };
type Known = { asOf: number; reach: Reach; claims: readonly Claim[] };

/** nats-server counts a new message as pending for a consumer a moment after it has acknowledged and shown it. */
const COUNTED_MS = 50;
const KEPT = 100;

/**
 * Makes the account of a read model that follows `owners`. A heartbeat says what the log has; it becomes true of the read model once
 * that has taken what was in the log after the heartbeat came. Where an owner changes nothing its heartbeats name the same place in
 * the log again and again, and once that is in the read model, each tells its age at once.
 */
export function openAge(owners: readonly Owner[]): ReadModelAge {
  const known = new Map<Owner, Known>(
    owners.map((owner) => [owner, { asOf: 0, reach: { seq: 0, id: '' }, claims: [] }]),
  );
  const prove = (one: Known, { at, seq, id }: Heartbeat) => {
    one.asOf = Math.max(one.asOf, at);
    one.reach = { seq, id };
  };
  return {
    asOf(owner) {
      if (owner !== undefined) return known.get(owner)?.asOf ?? 0;
      return Math.min(...[...known.values()].map(({ asOf }) => asOf));
    },
    seq: () => Math.max(...[...known.values()].map(({ reach }) => reach.seq)),
    heard(owner, heartbeat) {
      const one = known.get(owner);
      if (one === undefined) return false;
      const isSame = heartbeat.seq === one.reach.seq && heartbeat.id === one.reach.id;
      if (isSame) prove(one, heartbeat);
      return !isSame;
    },
    borneOut(owner, heartbeat, now) {
      const one = known.get(owner);
      // The oldest are kept: they are proven first, however far the read model is behind.
      if (one !== undefined) one.claims = [...one.claims.slice(0, KEPT), { heartbeat, since: now }];
    },
    waits: () => [...known.values()].some(({ claims }) => claims.length > 0),
    caughtUp(at) {
      for (const one of known.values()) {
        const proven = one.claims.findLast(({ since }) => since + COUNTED_MS <= at);
        if (proven === undefined) continue;
        prove(one, proven.heartbeat);
        one.claims = one.claims.filter(({ since }) => since > proven.since);
      }
    },
    forgetUnproven() {
      for (const one of known.values()) one.claims = [];
    },
  };
}
