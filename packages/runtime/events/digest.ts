import { hash } from 'node:crypto';
import { DIGEST_BUCKETS, type DigestedRecord } from '@muster/contracts';

/** The digests of any number of records, by buckets, in constant memory; see `digestReplySchema` for how they are made. */
export type Digest = {
  readonly add: (record: DigestedRecord) => void;
  /** Takes in the digests of further records, as `text` gives them. */
  readonly merge: (text: string) => void;
  readonly text: () => string;
};

const BYTES = 8;

/** The bucket of a record by its id. */
export const bucketOf = (id: string): number => hash('sha1', id, 'buffer').readUInt16BE(0) % DIGEST_BUCKETS;

/** Begins the digests of no records. */
export function openDigest(): Digest {
  const digests = Buffer.alloc(DIGEST_BUCKETS * BYTES);
  return {
    add({ id, v, live, born, label }) {
      const own = hash('sha1', JSON.stringify([id, v, live, born, label]), 'buffer');
      const start = bucketOf(id) * BYTES;
      for (let at = 0; at < BYTES; at += 1) digests[start + at]! ^= own[at]!;
    },
    merge(text) {
      const other = Buffer.from(text, 'hex');
      for (let at = 0; at < digests.length; at += 1) digests[at]! ^= other[at]!;
    },
    text: () => digests.toString('hex'),
  };
}

/** The buckets in which two digests differ. */
export function differingBuckets(one: string, other: string): number[] {
  const width = BYTES * 2;
  return Array.from({ length: DIGEST_BUCKETS }, (_, bucket) => bucket).filter(
    (bucket) =>
      one.slice(bucket * width, (bucket + 1) * width) !== other.slice(bucket * width, (bucket + 1) * width),
  );
}
