import {
  type AppError,
  checker,
  type DigestedRecord,
  type DigestReply,
  type DigestRequest,
  digestReplySchema,
  digestSubject,
  type RecordType,
  recordTypes,
  unavailable,
} from '@muster/contracts';
import type { NatsLink } from '../nats/nats_link.ts';
import { openDigest } from './digest.ts';

const checkReply = checker(digestReplySchema);

/** How long an owner may take for one answer, in ms; NATS lets it answer within 5 s. That nobody is there, NATS says at once. */
const PATIENCE_MS = 4_500;

/** The digests of many records, and how many these are, destroyed ones included. */
export type Digested = { readonly digests: string; readonly count: number };

/** Asks the owner of a type for its records, part by part. Both throw `unavailable`, naming the owner, when it does not answer. */
export type DigestClient = {
  /** The digests of all records of the type; `label` names the field of the state that is digested. */
  readonly digest: (type: RecordType, label: string) => Promise<Digested>;
  /** The records of some buckets, in batches. */
  readonly list: (
    type: RecordType,
    asked: { label: string; buckets: readonly number[] },
  ) => AsyncIterable<readonly DigestedRecord[]>;
};

/** Makes a client of the owners' digests. */
export function digestClient(link: NatsLink): DigestClient {
  const parts = async function* (type: RecordType, asked: DigestRequest): AsyncGenerator<DigestReply> {
    let after: string | undefined;
    do {
      const reply = await ask(link, type, { ...asked, ...(after === undefined ? {} : { after }) });
      yield reply;
      after = reply.next;
    } while (after !== undefined);
  };
  return {
    async digest(type, label) {
      const digest = openDigest();
      let total = 0;
      for await (const { count = 0, digests = '' } of parts(type, { label })) {
        digest.merge(digests);
        total += count;
      }
      return { digests: digest.text(), count: total };
    },
    async *list(type, { label, buckets }) {
      for await (const { records = [] } of parts(type, { label, buckets: [...buckets] })) yield records;
    },
  };
}

/** The refusal for an owner that does not answer, or whose news do not come. */
export const ownerSilent = (type: RecordType, cause?: unknown): AppError =>
  unavailable('owner_silent', { service: recordTypes[type].owner, seconds: 2 }, cause, 2);

async function ask(link: NatsLink, type: RecordType, asked: DigestRequest): Promise<DigestReply> {
  const answer = await link.request(digestSubject(type), asked, PATIENCE_MS).catch((cause: unknown) => {
    throw ownerSilent(type, cause);
  });
  const problem = checkReply(answer);
  if (problem !== undefined) throw ownerSilent(type, new Error(problem));
  const reply = answer as DigestReply;
  const isWhole = asked.buckets === undefined ? reply.digests !== undefined : reply.records !== undefined;
  if (!isWhole) throw ownerSilent(type, new Error(reply.error ?? 'the answer cannot be read'));
  return reply;
}
