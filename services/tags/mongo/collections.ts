import type { ReferenceKind, Tag, Tagging } from '@muster/contracts';
import { type CollectionSpec, joinedReader, oneOf, type RecordDoc, readAtOnce } from '@muster/runtime';
import type { Collection, Db, Filter } from 'mongodb';
import type { KnownReference, Ref } from '../reference.ts';
import type { Relation } from '../tag.ts';
import { joinedRelations } from './joined_relations.ts';
import type { TagViewDoc } from './ready_views.ts';
import { type TagViews, tagViews, VIEW_KEPT_S } from './tag_views.ts';

/** A tag as it is stored: `_id` is its public id, so that an id is never given out twice. */
export type TagDoc = RecordDoc<Tag, number>;

/** A tagging as it is stored: `_id` is `<incarnation>_<kind>_<ref>`. */
export type TaggingDoc = RecordDoc<Tagging, string>;

/** A row of the read model of references: `_id` is `<kind>:<ref>`. */
export type ReferenceDoc = KnownReference & { readonly _id: string };

/** What is read of a living tag: the driver's work is by the field. */
export type HeldTag = Pick<TagDoc, 'state' | 'v'>;

/** The options of a look-up that reads just a `HeldTag`. */
export const heldTag = { projection: { _id: 0, state: 1, v: 1 } } as const;

/** The service's collections, typed, and what is read of them so often that the look-ups of many requests are joined. */
export type TagsDb = {
  readonly tags: Collection<TagDoc>;
  readonly taggings: Collection<TaggingDoc>;
  readonly references: Collection<ReferenceDoc>;
  /** The living tag of a name or id. */
  readonly tagOf: {
    readonly name: (name: string) => Promise<HeldTag | undefined>;
    readonly id: (id: number) => Promise<HeldTag | undefined>;
  };
  /** A row of the read model, by reference key. */
  readonly referenceOf: (key: string) => Promise<ReferenceDoc | undefined>;
  /** The stored relations of a tag's incarnation, by kind and id; undefined for more than 1,000. */
  readonly fewRelationsOf: (tag: Tag) => Promise<Relation[] | undefined>;
  /** What stands ready of tags; every write that may change what a tag shows is one of its `changing`. */
  readonly views: TagViews;
};

const live = { live: true };

/** Every query of this service is served by one of these indexes. */
export const tagsCollections: readonly CollectionSpec[] = [
  {
    name: 'tags',
    published: true,
    indexes: [
      { key: { 'state.tag': 1 }, unique: true, partialFilterExpression: live },
      { key: { 'state.incarnation': 1 }, partialFilterExpression: live },
    ],
  },
  {
    name: 'taggings',
    published: true,
    indexes: [
      {
        name: 'of_tag',
        key: { 'state.tag_id': 1, 'state.incarnation': 1, 'state.kind': 1, 'state.ref': 1, 'state.born': 1 },
        partialFilterExpression: live,
      },
      {
        name: 'of_record',
        key: { 'state.kind': 1, 'state.ref': 1, 'state.tag_id': 1 },
        partialFilterExpression: live,
      },
      { name: 'tombstones', key: { 'last.at': 1 }, partialFilterExpression: { live: false } },
    ],
  },
  { name: 'references' },
  {
    name: 'tag_views',
    indexes: [
      { key: { name: 1 }, sparse: true },
      { key: { at: 1 }, expireAfterSeconds: VIEW_KEPT_S },
    ],
  },
];

/** Opens the service's database. */
export function tagsDb(db: Db): TagsDb {
  const tags = db.collection<TagDoc>('tags');
  const taggings = db.collection<TaggingDoc>('taggings');
  const references = db.collection<ReferenceDoc>('references');
  return {
    ...{ tags, taggings, references },
    tagOf: {
      name: joinedReader(
        (names: string[]) => heldTags(tags, { 'state.tag': { $in: names } }, names.length),
        ({ state }) => state?.tag ?? '',
      ),
      id: joinedReader(
        (ids: number[]) => heldTags(tags, { _id: oneOf(ids) }, ids.length),
        ({ state }) => state?.id ?? 0,
      ),
    },
    referenceOf: joinedReader(
      (keys: string[]) =>
        readAtOnce<ReferenceDoc>(references, { filter: { _id: oneOf(keys) }, limit: keys.length }),
      ({ _id }) => _id,
    ),
    fewRelationsOf: joinedRelations(taggings),
    views: tagViews(db.collection<TagViewDoc>('tag_views')),
  };
}

const heldTags = (tags: TagsDb['tags'], filter: Filter<TagDoc>, limit: number) =>
  readAtOnce<TagDoc, HeldTag>(tags, { filter: { ...filter, live: true }, ...heldTag, limit });

/** The `_id` of a tagging. */
export const taggingId = (incarnation: string, kind: ReferenceKind, ref: Ref): string =>
  `${incarnation}_${kind}_${ref}`;

/** The incarnation that a tagging's `_id` begins with; a tombstone has nothing else left to tell it. */
export const incarnationOf = (id: string): string => id.slice(0, id.indexOf('_'));
