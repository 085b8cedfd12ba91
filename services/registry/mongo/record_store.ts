import {
  buryRecord,
  type Change,
  changeRecord,
  insertRecord,
  lookUpRecords,
  type Part,
  pageOfRecords,
  type RecordDoc,
  recordReader,
  type ScanFrom,
  scanRecords,
  streamRecords,
} from '@muster/runtime';
import type { Collection, Filter } from 'mongodb';

/** Opens the store of one kind of record; all kinds are held alike. */
export function recordStore<S extends object, K extends string | number>(
  collection: Collection<RecordDoc<S, K>>,
) {
  return {
    find: recordReader(collection),
    insert: (input: { id: K; state: S; change: Change }) => insertRecord(collection, input),
    change: (input: { id: K; patch: Partial<S>; change: Change }) => changeRecord(collection, input),
    bury: ({ id, revisions, change }: { id: K; revisions: readonly number[] | undefined; change: Change }) =>
      buryRecord(collection, { id, change, ...(revisions && { guard: revisionIn(revisions) }) }),
    stream: (part: Part<K>) => streamRecords(collection, part),
    page: (asked: { skip: number; limit: number }) => pageOfRecords(collection, asked),
    lookUp: (ids: readonly K[]) => lookUpRecords(collection, ids),
    scan: (from: ScanFrom<K>) => scanRecords(collection, from),
  };
}

const revisionIn = <S, K extends string | number>(revisions: readonly number[]) =>
  ({ v: { $in: revisions } }) as Filter<RecordDoc<S, K>>;
