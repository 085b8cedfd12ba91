/**
 * The assemblers service: owner of the farm's build hosts, after the document vridlo.assemblers.
 *
 * @module
 */
import { type Assembler, assemblersOperations } from '@muster/contracts';
import {
  readConfig,
  runService,
  serveDigest,
  serveLookup,
  serviceSettings,
  startConsumer,
} from '@muster/runtime';
import { countPathsOf, countSourcePaths } from './count_source_paths.ts';
import { assemblerHandlers } from './http/assemblers.ts';
import { assemblerStore } from './mongo/assembler_store.ts';
import { collections, openCollections } from './mongo/collections.ts';
import { sourcePathModel } from './mongo/source_path_model.ts';

const name = 'assemblers';
const config = readConfig({
  ...serviceSettings,
  /** Polled reads that one client may make in a minute; 0 for any number. */
  POLL_LIMIT: { type: 'integer', minimum: 0, default: 6000 },
});
const now = () => new Date();

runService({
  name,
  config,
  openWrites: false,
  pollLimit: config.POLL_LIMIT,
  operations: assemblersOperations,
  collections,
  relayed: [{ name: 'assemblers', type: 'assembler' }],
  build: ({ db, link, log }) => {
    const open = openCollections(db);
    const assemblers = assemblerStore(open.assemblers);
    const sourcePaths = sourcePathModel(open.sourcePaths);
    const counters = { ...assemblers, ...sourcePaths, now };
    const counting = startConsumer({
      service: name,
      name: 'source_path_count',
      types: ['source_path'],
      db,
      link,
      replicas: config.STREAM_REPLICAS,
      log,
      apply: (changes) => countSourcePaths(changes, counters),
    });
    return {
      handlers: assemblerHandlers({ ...assemblers, now }),
      consumers: [counting],
      onCreated: ({ state, traceparent }) => countPathsOf({ ...(state as Assembler), traceparent }, counters),
      stops: [
        serveLookup(link, { type: 'assembler', queue: name, find: assemblers.lookUp }),
        serveDigest(link, { type: 'assembler', queue: name, scan: assemblers.scan }),
      ],
    };
  },
});
