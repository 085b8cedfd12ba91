/**
 * What every service does alike: configuration, the HTTP edge, MongoDB, NATS, the relay and the consumers of events, tokens,
 * run and drain. It knows no business word.
 *
 * ```ts
 * import { readConfig, runService, serviceSettings } from '@muster/runtime';
 *
 * const config = readConfig(serviceSettings);
 * await runService({ name: 'registry', config, … });
 * ```
 *
 * @module
 */
export * from './events/ask_digest.ts';
export * from './events/digest.ts';
export * from './events/fold_by_version.ts';
export * from './events/fold_changes.ts';
export * from './events/folding_consumer.ts';
export * from './events/forget_record.ts';
export * from './events/lookup.ts';
export * from './events/lru.ts';
export * from './events/relay.ts';
export * from './events/serve_digest.ts';
export * from './http/answer.ts';
export * from './http/begin_operation.ts';
export * from './http/if_match.ts';
export * from './http/page.ts';
export * from './http/peer.ts';
export * from './http/render_error.ts';
export * from './http/request.ts';
export * from './http/server.ts';
export * from './http/tracing.ts';
export * from './mongo/bury_record.ts';
export * from './mongo/change_record.ts';
export * from './mongo/collections.ts';
export * from './mongo/counter.ts';
export * from './mongo/errors.ts';
export * from './mongo/grouped_inserts.ts';
export * from './mongo/in_batches.ts';
export * from './mongo/insert_record.ts';
export * from './mongo/list_records.ts';
export * from './mongo/open_mongo.ts';
export { readAtOnce } from './mongo/read_at_once.ts';
export * from './mongo/read_records.ts';
export * from './mongo/record.ts';
export * from './mongo/scan_records.ts';
export * from './mongo/server_epoch.ts';
export * from './nats/nats_link.ts';
export * from './nats/open_nats.ts';
export * from './process/config.ts';
export * from './process/log.ts';
export * from './process/metrics.ts';
export * from './process/run.ts';
export * from './process/service.ts';
