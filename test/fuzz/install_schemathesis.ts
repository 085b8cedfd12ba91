import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installWheels, repository } from '@muster/dev';

const requirements = join(import.meta.dirname, 'requirements.txt');
const [, pinned = ''] = /^schemathesis==(\S+)/m.exec(readFileSync(requirements, 'utf8')) ?? [];

/** Where schemathesis is kept: `MUSTER_FUZZ`, or a folder beside the servers of the embedded farm. */
const folder = process.env.MUSTER_FUZZ || join(repository, '.muster', 'fuzz');

const otherWays = [
  'schemathesis comes by `python3 -m pip` from the Python package registry (Python 3.11 to 3.14, Linux on x86_64 or aarch64).',
  'On Debian and Ubuntu: apt-get install python3-pip.',
].join('\n');

/**
 * The folder that has schemathesis in the pinned version, as a PYTHONPATH. It is filled with pip when it lacks it, or has it for
 * another Python.
 *
 * @throws {FarmError} when it cannot be had, with what is missing
 */
export async function installedSchemathesis(say: (line: string) => void): Promise<string> {
  if ((await versionIn(folder)) === pinned) return folder;
  await installWheels({ folder, requirements, what: `schemathesis ${pinned} (about 45 MB)`, otherWays }, say);
  const found = await versionIn(folder);
  if (found === pinned) return folder;
  throw new Error(`schemathesis ${pinned} is in ${folder}, but it does not run: ${found}`);
}

function versionIn(path: string): Promise<string> {
  const env = { ...process.env, PYTHONPATH: path, PYTHONNOUSERSITE: '1' };
  return new Promise((resolve) => {
    execFile('python3', ['-m', 'schemathesis.cli', '--version'], { env }, (error, stdout, stderr) =>
      resolve(error ? stderr.trim() || error.message : (stdout.trim().split(' ').at(-1) ?? '')),
    );
  });
}
