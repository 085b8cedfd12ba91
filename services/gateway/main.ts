/**
 * The gateway: one address in front of all services. It starts and serves while services are away.
 *
 * @module
 */
import { allOperations, asyncApiDocument, openApiDocument } from '@muster/contracts';
import { openCertificate, ownRoutes, peerReader } from '@muster/runtime/http';
import { commonSettings, openLog, readConfig, runUntilStopped } from '@muster/runtime/process';
import { gatewayServer } from './gateway.ts';
import { showUpstreams } from './metrics.ts';
import { openRetryBudget } from './retry_budget.ts';
import { serviceCheck } from './service_checks.ts';
import { openUpstream } from './upstream.ts';
import { watchUpstreams } from './watch.ts';

const config = readConfig({
  ...commonSettings,
  TAGS_URL: { type: 'string', minLength: 1 },
  ASSEMBLERS_URL: { type: 'string', minLength: 1 },
  REGISTRY_URL: { type: 'string', minLength: 1 },
  TLS_CERT_FILE: { type: 'string', default: '' },
  TLS_KEY_FILE: { type: 'string', default: '' },
});
const log = openLog('gateway', config.LOG_LEVEL);
const certificate = openCertificate(config, log);
const upstreams = {
  tags: openUpstream('tags', config.TAGS_URL),
  assemblers: openUpstream('assemblers', config.ASSEMBLERS_URL),
  registry: openUpstream('registry', config.REGISTRY_URL),
};
showUpstreams(Object.values(upstreams));
const stopWatching = watchUpstreams(Object.values(upstreams), { log });

const drain = new AbortController();
const info = { title: 'Muster', version: '1.0.0' };
const server = gatewayServer({
  upstreams,
  certificate,
  ownRoutes: ownRoutes({
    ending: drain.signal,
    needs: {},
    shows: {
      tags: serviceCheck(upstreams.tags),
      assemblers: serviceCheck(upstreams.assemblers),
      registry: serviceCheck(upstreams.registry),
    },
    documents: {
      '/openapi.json': () => openApiDocument(allOperations, info),
      '/asyncapi.json': () => asyncApiDocument(info.version),
    },
  }),
  clientOf: peerReader(config.TRUSTED_PROXIES),
  budget: openRetryBudget(),
  log,
  deadlineMs: 5_000,
});
runUntilStopped(server, {
  host: config.HOST,
  port: config.PORT,
  log,
  drainWaitMs: config.DRAIN_WAIT_MS,
  // Nothing stands before it that would close its connections.
  letGoMs: 0,
  drain,
  closers: [
    stopWatching,
    ...Object.values(upstreams).map(({ close }) => close),
    async () => certificate?.close(),
  ],
});
