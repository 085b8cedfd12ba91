import { type ReferenceKind, tagsOperations } from '@muster/contracts';
import {
  forgetRecord,
  idBlocks,
  type Kit,
  lookupClient,
  readConfig,
  runService,
  serviceSettings,
  startConsumer,
} from '@muster/runtime';
import { followReferences } from './follow_references.ts';
import { followTags } from './follow_tags.ts';
import { handlers } from './http/handlers.ts';
import { inTurn } from './in_turn.ts';
import { tagsCollections, tagsDb } from './mongo/collections.ts';
import { foldReferences, knownReferences } from './mongo/reference_store.ts';
import { replaceStore } from './mongo/replace_store.ts';
import { sweepSteps } from './mongo/sweep_steps.ts';
import { buryPastRelations, buryRelationsOf, hasRelationsOf, renewRelationsOf } from './mongo/sweep_store.ts';
import { relationsFrom, tagPage, tagsFrom } from './mongo/tag_cursor.ts';
import { buryTag, findTag, insertTag } from './mongo/tag_store.ts';
import { buryTagging, insertTagging, relationsOf, tagsOf } from './mongo/tagging_store.ts';
import { startSweeping } from './start_sweeping.ts';
import type { Tombstone } from './sweep_taggings.ts';

const config = readConfig({ ...serviceSettings, TAGS_OPEN_WRITES: { type: 'boolean', default: false } });

await runService({
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
      hasRelationsOf: hasRelationsOf.bind(undefined, db),
      renewRelationsOf: renewRelationsOf.bind(undefined, db),
      buryPastRelations: buryPastRelations.bind(undefined, db),
    };
    const common = { service: 'tags' as const, db: database, link, replicas: config.STREAM_REPLICAS, log };
    const consumers = [
      startConsumer({
        ...common,
        name: 'references',
        types: ['agent', 'job', 'assembler'],
        apply: (changes) => followReferences(changes, store),
      }),
      // A consumer of its own: removing a hundred thousand taggings must not hold up the news of a deleted agent.
      startConsumer({
        ...common,
        name: 'tags',
        types: ['tag'],
        apply: (changes) => followTags(changes, store),
      }),
    ];
    const sweep = {
      ...sweepSteps(db),
      forgetState: ({ id, v }: Tombstone) => forgetRecord(link, { type: 'tagging', key: id, v }),
    };
    return {
      consumers,
      stops: [startSweeping(sweep, log)],
      handlers: handlers({
        ...store,
        ...replaceStore(client, db),
        inTurn: inTurn(),
        nextId: idBlocks(database, { name: 'tag', size: 100 }),
        insertTag: (id, tag, origin) => insertTag(db, { id, tag }, origin),
        buryTag: (deletion, origin) => buryTag(db, deletion, origin),
        insertTagging: (tag, relation, origin) => insertTagging(db, tag, { relation, origin }),
        undoTagging: (tag, reference, origin) => buryTagging(db, tag, { reference, origin }),
        detachTagging: (tag, reference, origin) => buryTagging(db, tag, { reference, origin }),
        relationsOf: (tag, kind) => relationsOf(db, tag, kind),
        tagsOf: (reference) => tagsOf(db, reference),
        tagsFrom: (after) => tagsFrom(db, after),
        tagPage: (after, limit) => tagPage(db, after, limit),
        relationsFrom: (after) => relationsFrom(db, after),
      }),
    };
  },
});
