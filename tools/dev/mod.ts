/**
 * The embedded farm: real mongod and nats-server, every service and the gateway on one machine, for development and tests.
 *
 * ```ts
 * import { startFarm } from '@muster/dev';
 *
 * const farm = await startFarm({ home: '/tmp/farm', port: 0 });
 * console.log(await (await fetch(`${farm.url}/api/v1/tags/`)).json());
 * await farm.processes.tags?.stop('SIGKILL');
 * await farm.processes.tags?.start();
 * await farm.stop();
 * ```
 *
 * @module
 */
export { type Ask, type Asked, asker, type Replied } from './ask.ts';
export { bundle, bundleArguments, bundleService } from './bundle.ts';
export { FarmError } from './farm_error.ts';
export { type FindOptions, findServers, type ServerBinaries } from './find_servers.ts';
export { installWheels, type Wheels } from './install_wheels.ts';
export { freePort } from './ports.ts';
export { type Care, type Handle, startProcess } from './process_handle.ts';
export type { Exit } from './process_run.ts';
export type { BackService, ServiceName } from './services.ts';
export { type Farm, type FarmOptions, startFarm } from './start_farm.ts';
export {
  repository,
  type Servers,
  type ServersOptions,
  sharedBackends,
  startServers,
} from './start_servers.ts';
export { nodeArguments, nodeVariables, type ServiceOptions, startService } from './start_service.ts';
export { startTestServices, type TestServices } from './test_services.ts';
