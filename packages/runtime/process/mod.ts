/**
 * A process of the farm: its settings, log, metrics, and an end in order.
 *
 * ```ts
 * import { commonSettings, openLog, readConfig } from '@muster/runtime/process';
 *
 * const config = readConfig(commonSettings);
 * openLog('gateway', config.LOG_LEVEL).info('starting');
 * ```
 *
 * @module
 */
export * from './config.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './run.ts';
