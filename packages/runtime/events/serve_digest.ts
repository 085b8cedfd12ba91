import {
  checker,
  type DigestedRecord,
  type DigestReply,
  type DigestRequest,
  digestRequestSchema,
  digestSubject,
  type RecordType,
} from '@muster/contracts';
import type { NatsLink } from '../nats/nats_link.ts';
import { bucketOf, openDigest } from './digest.ts';

/** Reads an owner's records by id, destroyed ones included, from the one after `after` on, a batch at a time. */
export type ScanRecords = (from: {
  after: string | undefined;
  label: string;
}) => AsyncIterable<readonly DigestedRecord[]>;

const checkRequest = checker(digestRequestSchema);

/** So many records at most are gone over for one answer, which takes some tenths of a second. */
const SCANNED = 20_000;
/** So many characters of records at most are listed in one answer: a quarter of what a NATS message holds. */
const LISTED = 256 * 1024;

/** Answers `farm.rpc.<type>.digest` for the owner of a type, shared by all its instances; gives back what ends that. */
export function serveDigest(
  link: NatsLink,
  options: { type: RecordType; queue: string; scan: ScanRecords },
): () => void {
  return link.serve(digestSubject(options.type), options.queue, async (payload) => {
    const reason = checkRequest(payload);
    if (reason !== undefined) return { error: reason.slice(0, 255) };
    return answer(payload as DigestRequest, options.scan);
  });
}

async function answer({ label, after, buckets }: DigestRequest, scan: ScanRecords): Promise<DigestReply> {
  const wanted = buckets && new Set(buckets);
  const digest = openDigest();
  const records: DigestedRecord[] = [];
  let count = 0;
  let size = 0;
  let next: string | undefined;
  const result = () => ({
    count,
    ...(next && { next }),
    ...(wanted ? { records } : { digests: digest.text() }),
  });
  for await (const batch of scan({ after, label })) {
    for (const record of batch) {
      count += 1;
      next = record.id;
      if (wanted === undefined) digest.add(record);
      else if (wanted.has(bucketOf(record.id))) {
        records.push(record);
        size += JSON.stringify(record).length;
      }
      if (count >= SCANNED || size >= LISTED) return result();
    }
  }
  next = undefined;
  return result();
}
