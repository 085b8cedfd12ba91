import { openMongo } from '../mongo/open_mongo.ts';
import { openNats } from '../nats/open_nats.ts';
import { agentsRelayed, log } from './fixture.ts';
import { startRelay } from './relay.ts';

// A relay in a process of its own, for tests that kill it: node relay_process_fixture.ts <MongoDB URL> <database> <NATS URL>
const [url = '', database = '', natsUrl = ''] = process.argv.slice(2);
const mongo = openMongo({ url, database, log });
const link = openNats({ url: natsUrl, name: 'relay', log });
startRelay({ service: 'registry', mongo: mongo.db, link, collections: agentsRelayed, log });
