import { type ReferenceKind, recordTypes, tagsOperations } from '@muster/contracts';
import {
  differingBuckets,
  digestClient,
  forgetRecord,
  idBlocks,
  type Kit,
  lookupClient,
  ownerSilent,
  readConfig,
  runService,
  serviceSettings,
  startConsumer,
} from '@muster/runtime';
import { awaitAge } from './await_age.ts';
import { clearLater } from './clear_later.ts';
import { compareReferences } from './compare_references.ts';
import { clearAgain, followReferences } from './follow_references.ts';
import { followTags } from './follow_tags.ts';
import { handlers } from './http/handlers.ts';
import { inTurn } from './in_turn.ts';
import { tagsCollections, tagsDb } from './mongo/collections.ts';
import { relationBatches } from './mongo/joined_relations.ts';
import { removeRow, replaceRow } from './mongo/reference_repair.ts';
import { referenceSide } from './mongo/reference_side.ts';
import { foldReferences, knownReferences } from './mongo/reference_store.ts';
import { replaceStore } from './mongo/replace_store.ts';
import { sweepSteps } from './mongo/sweep_steps.ts';
import { buryPastRelations, buryRelationsOf, relationsLeft, renewRelationsOf } from './mongo/sweep_store.ts';
import { relationsFrom, tagPage, tagsFrom } from './mongo/tag_cursor.ts';
import { buryTag, findTag, insertTag } from './mongo/tag_store.ts';
import { buryTagging, insertTagging, relationsOf, tagsOf } from './mongo/tagging_store.ts';
import { oneFlight } from './one_flight.ts';
import { tagReader } from './read_tag.ts';
import { kinds } from './reference.ts';
import { repairReferences } from './repair_references.ts';
import { startSweeping } from './start_sweeping.ts';
import type { Tombstone } from './sweep_taggings.ts';

const config = readConfig({
  ...serviceSettings,
  TAGS_OPEN_WRITES: { type: 'boolean', default: false },
  /** How old, in ms, the read model may be for an answer to `Prefer: refs=fresh`. */
  REFS_FRESH_MS: { type: 'integer', minimum: 1, default: 2000 },
});

runService({
  name: 'tags',
  config,
  openWrites: config.TAGS_OPEN_WRITES,
  pollLimit: 0,
  operations: tagsOperations,
  collections: tagsCollections,
  relayed: [
    { name: 'tags', type: 'tag' },
    { name: 'taggings', type: 'tagging' },
  ],
  build: ({ db: database, client, link, log }: Kit) => {
    const db = tagsDb(database);
    const lookup = lookupClient(link, {});
    const store = {
      askOwner: (kind: ReferenceKind, id: string) => lookup(kind, id),
      findTag: findTag.bind(undefined, db),
      knownReferences: knownReferences.bind(undefined, db),
      foldReferences: foldReferences.bind(undefined, db),
      buryRelationsOf: buryRelationsOf.bind(undefined, db),
      relationsLeft: relationsLeft.bind(undefined, db),
      renewRelationsOf: renewRelationsOf.bind(undefined, db),
      buryPastRelations: buryPastRelations.bind(undefined, db),
    };
    const later = clearLater((turn) => clearAgain(turn, store), { log });
    const noted = { ...store, clearLater: later.add };
    const common = { service: 'tags' as const, db: database, link, replicas: config.STREAM_REPLICAS, log };
    const references = startConsumer({
      ...common,
      name: 'references',
      types: ['agent', 'job', 'assembler'],
      hearsOwners: true,
      apply: (changes) => followReferences(changes, noted),
    });
    const consumers = [
      references,
      // A consumer of its own: removing a hundred thousand taggings must not hold up the news of a deleted agent.
      startConsumer({
        ...common,
        name: 'tags',
        types: ['tag'],
        apply: (changes) => followTags(changes, store),
      }),
    ];
    const digests = digestClient(link);
    const patientLookup = lookupClient(link, { timeoutMs: 4500 });
    const integrity = {
      ...store,
      differingBuckets,
      owners: {
        digest: (kind: ReferenceKind) => digests.digest(kind, kinds[kind].labelField),
        list: (kind: ReferenceKind, buckets: readonly number[]) =>
          digests.list(kind, { label: kinds[kind].labelField, buckets }),
      },
      readModel: referenceSide(db),
      askOwner: (kind: ReferenceKind, id: string) =>
        patientLookup(kind, id).catch((error: unknown) => Promise.reject(ownerSilent(kind, error))),
      async caughtUp(kind: ReferenceKind, withinMs: number) {
        const asOf = () => references.age.asOf(recordTypes[kind].owner);
        if (!(await awaitAge(asOf, { withinMs, eachMs: 25 }))) throw ownerSilent(kind);
      },
      position: references.age.seq,
      replaceRow: replaceRow.bind(undefined, db),
      removeRow: removeRow.bind(undefined, db),
    };
    const sweep = {
      ...sweepSteps(db),
      forgetState: ({ id, v }: Tombstone) => forgetRecord(link, { type: 'tagging', key: id, v }),
    };
    return {
      consumers,
      freshness: { asOf: references.age.asOf, boundMs: config.REFS_FRESH_MS },
      stops: [startSweeping(sweep, log), later.stop],
      handlers: handlers({
        ...noted,
        ...replaceStore(client, db),
        compare: oneFlight(() => compareReferences(integrity)),
        repair: oneFlight(() => repairReferences(integrity)),
        inTurn: inTurn(),
        nextId: idBlocks(database, { name: 'tag', size: 100 }),
        insertTag: (id, tag, origin) => insertTag(db, { id, tag }, origin),
        buryTag: (deletion, origin) => buryTag(db, deletion, origin),
        insertTagging: (tag, relation, origin) => insertTagging(db, tag, { relation, origin }),
        undoTagging: (tag, reference, origin) => buryTagging(db, tag, { reference, origin }),
        detachTagging: (tag, reference, origin) => buryTagging(db, tag, { reference, origin }),
        relationsOf: (tag) => relationsOf(db, tag),
        readTag: tagReader({
          ...store,
          fewRelationsOf: db.fewRelationsOf,
          views: db.views,
          relationsInBatches: (tag, kind) => relationBatches(db.taggings, tag, kind),
        }),
        tagsOf: (reference) => tagsOf(db, reference),
        tagsFrom: (after) => tagsFrom(db, after),
        tagPage: (after, limit) => tagPage(db, after, limit),
        relationsFrom: (after) => relationsFrom(db, after),
      }),
    };
  },
});
