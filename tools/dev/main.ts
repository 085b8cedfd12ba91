import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FarmError, messageOf } from './farm_error.ts';
import { portFrom } from './ports.ts';
import { chosenServices } from './services.ts';
import { startFarm } from './start_farm.ts';
import { repository } from './start_servers.ts';
import { nearest, tourCommands } from './tour.ts';
import { watchParent } from './watch_parent.ts';

const env = process.env;
// npm runs us in the repository's folder and tells where it was called.
const from = env.INIT_CWD || process.cwd();
const ending = new AbortController();
const ended = new Promise<void>((settle) => ending.signal.addEventListener('abort', () => settle()));
let asked = 0;

function say(line: string): void {
  console.log(line);
}

/** Ends the farm in order; asked again after a second, at once. npm passes on a Ctrl-C that we have got already. */
function end(reason: string): void {
  if (ending.signal.aborted) {
    if (Date.now() - asked > 1000) process.exit(1);
    return;
  }
  asked = Date.now();
  say(`Ending the farm (${reason})`);
  ending.abort();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal));
// A reader that has gone must not keep us from ending in order.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
if (env.npm_lifecycle_event) watchParent(() => end('npm has gone'));

/** What the command line asks for. @throws {FarmError} on what it does not know */
function commandLine(args: string[]) {
  const options = { tls: { type: 'boolean', default: false } } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { tls: values.tls, services: chosenServices(positionals) };
  } catch (error) {
    throw new FarmError(`${messageOf(error)} To use: npm start -- [--tls] [service …]`);
  }
}

try {
  const { tls, services } = commandLine(process.argv.slice(2));
  const home = env.MUSTER_HOME ? resolve(from, env.MUSTER_HOME) : join(repository, '.muster');
  const farm = await startFarm({
    home,
    port: portFrom('PORT', env) ?? 8080,
    services,
    tls,
    servers: { mongodbUrl: env.MONGODB_URL || undefined, natsUrl: env.NATS_URL || undefined },
    token: env.MUSTER_DEV_TOKEN,
    backends: env.MUSTER_BACKENDS ? resolve(from, env.MUSTER_BACKENDS) : join(home, 'backends'),
    restart: true,
    say,
    signal: ending.signal,
  });
  say(`Muster is ready at ${farm.url}`);
  say(`Its token, with every scope, is in ${nearest(farm.tokenFile, from)}. To paste:`);
  for (const command of tourCommands({ ...farm, services, from })) say(`  ${command}`);
  await ended;
  await farm.stop();
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(`\nMuster did not start. ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
process.exit();
