import type { ChangeEvent } from '@muster/contracts';

/** What a batch says about one record. */
export type FoldedChange = {
  /** The event with the record's highest version in the batch. */
  readonly event: ChangeEvent;
  /** True when any event of the batch deleted the record, even if a later one made it again. */
  readonly deleted: boolean;
  /** The latest event of the batch that began or ended a life of the record. */
  readonly turned?: ChangeEvent | undefined;
};

/** Folds events into one change per record, in the order in which the records first appear. */
export function foldChanges(events: Iterable<ChangeEvent>): FoldedChange[] {
  const folded = new Map<string, FoldedChange>();
  for (const event of events) {
    const record = recordOf(event);
    const before = folded.get(record);
    const deleted = event.verb === 'deleted' || (before?.deleted ?? false);
    const last = newer(before?.event, event);
    const turned = event.verb === 'updated' ? before?.turned : newer(before?.turned, event);
    folded.set(record, { event: last, deleted, turned });
  }
  return [...folded.values()];
}

const newer = (one: ChangeEvent | undefined, other: ChangeEvent): ChangeEvent =>
  one === undefined || other.v >= one.v ? other : one;

/** One name per record, over all types. */
export const recordOf = ({ type, key }: ChangeEvent): string => `${type}.${key}`;
