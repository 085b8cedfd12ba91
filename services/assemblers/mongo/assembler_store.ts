import type { Assembler } from '@muster/contracts';
import {
  buryRecord,
  type Change,
  changeRecord,
  duplicateKey,
  insertRecord,
  lookUpRecords,
  pageOfRecords,
  type RecordDoc,
  recordReader,
  type ScanFrom,
  scanRecords,
} from '@muster/runtime';
import type { Collection, Filter } from 'mongodb';
import { type HeldAssembler, type Taken, UNIQUE_FIELDS } from '../assembler.ts';

type Revisions = readonly number[] | undefined;

/** Opens the store of assemblers. */
export const assemblerStore = (collection: Collection<RecordDoc<Assembler>>) => ({
  find: recordReader(collection),

  findMany: async (slugs: readonly string[]): Promise<HeldAssembler[]> =>
    (await collection.find({ _id: { $in: [...slugs] }, live: true }).toArray()) as HeldAssembler[],

  page: (asked: { skip: number; limit: number }) => pageOfRecords(collection, asked),

  lookUp: (slugs: readonly string[]) => lookUpRecords(collection, slugs),

  scan: (from: ScanFrom<string>) => scanRecords(collection, from),

  insert: (input: { id: string; state: Assembler; change: Change }) =>
    insertRecord(collection, input).catch(takenOrThrow),

  change: (input: { id: string; patch: Partial<Assembler>; revisions: Revisions; change: Change }) => {
    const { id, patch, change } = input;
    return changeRecord(collection, { id, patch, change, ...guardOf(input.revisions) }).catch(takenOrThrow);
  },

  bury: ({ id, change, revisions }: { id: string; revisions: Revisions; change: Change }) =>
    buryRecord(collection, { id, change, ...guardOf(revisions) }),
});

const guardOf = (revisions: Revisions) =>
  revisions && { guard: { v: { $in: revisions } } as Filter<RecordDoc<Assembler>> };

/** Turns the refusal of a unique index into the field that it guards. */
function takenOrThrow(error: unknown): Taken {
  const keys = duplicateKey(error);
  const field = UNIQUE_FIELDS.find((name) => keys?.includes(`state.${name}`));
  if (field === undefined) throw error;
  return { outcome: 'taken', field };
}
