import {
  checker,
  type LookedUp,
  type LookupReply,
  lookupReplySchema,
  lookupRequestSchema,
  lookupSubject,
  type RecordType,
  unavailable,
} from '@muster/contracts';
import DataLoader from 'dataloader';
import type { NatsLink } from '../nats/nats_link.ts';

const checkRequest = checker(lookupRequestSchema);
const checkReply = checker(lookupReplySchema);

/**
 * Answers `farm.rpc.<type>.lookup` for the owner of a type of record, shared by all its instances; gives back what ends
 * that. `find` gives the records that it knows, tombstones included; when it throws, the asker is told that the owner
 * could not look.
 */
export function serveLookup(
  link: NatsLink,
  options: {
    type: RecordType;
    queue: string;
    find: (ids: readonly string[]) => Promise<readonly LookedUp[]>;
  },
): () => void {
  return link.serve(lookupSubject(options.type), options.queue, async (payload) => {
    const reason = checkRequest(payload);
    if (reason !== undefined) return { error: reason.slice(0, 255) };
    return { records: await options.find((payload as { ids: string[] }).ids) };
  });
}

/**
 * Asks the owner of a record; undefined says that the owner does not know it.
 *
 * @throws {AppError} `unavailable` when the owner is silent, absent or could not look.
 */
export type Lookup = (type: RecordType, id: string) => Promise<LookedUp | undefined>;

/** Makes a look-up that joins what is asked in one tick into one request per type, which takes `timeoutMs` (300) at most. */
export function lookupClient(link: NatsLink, options: { timeoutMs?: number } = {}): Lookup {
  const loaders = new Map<RecordType, DataLoader<string, LookedUp | undefined>>();
  const open = (type: RecordType) => {
    const loader = new DataLoader(
      (ids: readonly string[]) => lookUp(link, { type, ids, timeoutMs: options.timeoutMs ?? 300 }),
      { cache: false, maxBatchSize: 200 },
    );
    loaders.set(type, loader);
    return loader;
  };
  return (type, id) => (loaders.get(type) ?? open(type)).load(id);
}

async function lookUp(
  link: NatsLink,
  request: { type: RecordType; ids: readonly string[]; timeoutMs: number },
): Promise<(LookedUp | undefined)[]> {
  const { type, ids, timeoutMs } = request;
  const found = new Map<string, LookedUp>();
  for (const record of await ask(link, { type, ids: [...new Set(ids)], timeoutMs }))
    found.set(record.id, record);
  return ids.map((id) => found.get(id));
}

async function ask(
  link: NatsLink,
  { type, ids, timeoutMs }: { type: RecordType; ids: readonly string[]; timeoutMs: number },
): Promise<readonly LookedUp[]> {
  const reply = await link.request(lookupSubject(type), { ids }, timeoutMs).catch((cause: unknown) => {
    throw unavailable('owner_unavailable', { kind: type }, cause);
  });
  const { records, error } = (checkReply(reply) === undefined ? reply : {}) as LookupReply;
  if (records !== undefined && error === undefined) return records;
  throw unavailable('owner_unavailable', { kind: type }, new Error(error ?? 'the answer cannot be read'));
}
