import type { Owner, RecordType } from '@muster/contracts';
import type { Document } from 'mongodb';
import type { RecordDoc } from '../mongo/record.ts';
import type { Publication } from '../nats/cloud_event.ts';

/** A collection whose every change is published; `key` is what the record is known by outside, its `_id` when left off. */
export type RelayedCollection = {
  readonly name: string;
  readonly type: RecordType;
  readonly key?: (doc: Document) => string | number;
};

/**
 * What a service itself does about each record of its own that began to live, once at least: it is done before the relay keeps a place
 * behind that, and for every living record that is compared with the log. While MongoDB is away it is tried again; what else it throws is
 * logged, since the log must not wait for it.
 */
export type OnCreated = (publication: Publication) => Promise<void>;

/** What publishes a service's records. */
export type Publisher = {
  readonly service: Owner;
  readonly collections: readonly RelayedCollection[];
};

/** The names of the published collections. */
export const namesOf = ({ collections }: Publisher): string[] => collections.map(({ name }) => name);

/** A document as what is published of it; undefined when it is no record, which only a foreign hand can have written. */
export function toPublication(
  publisher: Publisher,
  { collection, doc }: { collection: string; doc: Document },
): Publication | undefined {
  const relayed = publisher.collections.find(({ name }) => name === collection);
  if (relayed === undefined || !Number.isInteger(doc.v) || typeof doc.last?.id !== 'string') return undefined;
  const { last, v, born, live, state } = doc as RecordDoc<object>;
  return {
    id: last.id,
    event: last.type,
    type: relayed.type,
    key: relayed.key?.(doc) ?? doc._id,
    v,
    born,
    at: last.at,
    traceparent: last.traceparent,
    state: live ? (state ?? {}) : null,
    service: publisher.service,
  };
}
