import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { installWheels } from './install_wheels.ts';

const home = mkdtempSync(join(tmpdir(), 'muster-wheels-'));
const requirements = join(home, 'requirements.txt');
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A wheel of one module, as any wheel is: a zip archive that lists what is in it. */
const files = {
  'tiny.py': 'size = "tiny"\n',
  'tiny-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n',
  'tiny-1.0.dist-info/WHEEL':
    'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  'tiny-1.0.dist-info/RECORD':
    'tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n',
};
const wheel = join(home, 'tiny-1.0-py3-none-any.whl');
const zip =
  'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n for n, t in json.loads(sys.argv[2]).items(): z.writestr(n, t)';
execFileSync('python3', ['-c', zip, wheel, JSON.stringify(files)]);
const hash = createHash('sha256').update(readFileSync(wheel)).digest('hex');
writeFileSync(requirements, `${wheel} --hash=sha256:${hash}\n`);

const install = (folder: string, say = (_line: string) => {}) =>
  installWheels({ folder, requirements, what: 'a tiny wheel', otherWays: '' }, say);

test('the folder that appeared first stays while another process ends its own installation', async () => {
  const folder = join(home, 'together');
  await install(folder, (line) => {
    if (line.includes('Successfully installed')) mkdirSync(join(folder, 'in-use'), { recursive: true });
  });
  expect(readdirSync(folder)).toEqual(['in-use']);
}, 60_000);

test('what was there before and lacked something is replaced as a whole, and nothing is left beside it', async () => {
  const folder = join(home, 'again');
  mkdirSync(join(folder, 'outdated'), { recursive: true });
  await install(folder);
  expect(readdirSync(folder).toSorted()).toEqual(['tiny-1.0.dist-info', 'tiny.py']);
  expect(readdirSync(home).filter((name) => name.startsWith('again'))).toEqual(['again']);
}, 60_000);
