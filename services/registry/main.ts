/**
 * The registry: owner of the farm's agents, jobs and source paths.
 *
 * @module
 */
import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { registryOperations } from '@muster/contracts';
import { idBlocks, readConfig, runService, serviceSettings } from '@muster/runtime';
import { agentHandlers } from './http/agents.ts';
import { jobHandlers } from './http/jobs.ts';
import { sourcePathHandlers } from './http/source_paths.ts';
import { collections, openCollections } from './mongo/collections.ts';
import { recordStore } from './mongo/record_store.ts';
import { answerDigests } from './nats/answer_digests.ts';
import { answerLookups } from './nats/answer_lookups.ts';

const config = readConfig({ ...serviceSettings, TAGS_OPEN_WRITES: { type: 'boolean', default: false } });
const now = () => new Date();

runService({
  name: 'registry',
  config,
  openWrites: config.TAGS_OPEN_WRITES,
  pollLimit: 0,
  operations: registryOperations,
  collections,
  relayed: [
    { name: 'agents', type: 'agent' },
    { name: 'jobs', type: 'job' },
    { name: 'source_paths', type: 'source_path' },
  ],
  build: ({ db, link }) => {
    const open = openCollections(db);
    const agents = recordStore(open.agents);
    const jobs = recordStore(open.jobs);
    const sourcePaths = recordStore(open.sourcePaths);
    const stopLookups = answerLookups(link, {
      agents: agents.lookUp,
      jobs: jobs.lookUp,
      sourcePaths: sourcePaths.lookUp,
    });
    return {
      handlers: {
        ...agentHandlers({ ...agents, now, newId: randomUUID }),
        ...jobHandlers({ ...jobs, now, nextId: idBlocks(db, { name: 'jobs', size: 100 }) }),
        ...sourcePathHandlers({ ...sourcePaths, now, newId: randomUUIDv7 }),
      },
      stops: [stopLookups, answerDigests(link, { agents: agents.scan, jobs: jobs.scan })],
    };
  },
});
