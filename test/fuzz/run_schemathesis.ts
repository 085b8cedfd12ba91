import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { repository } from '@muster/dev';
import type { Finding, Outcome } from './finding.ts';
import type { FuzzFarm } from './fuzz_farm.ts';
import { answeredSince, lengthOf } from './gateway_log.ts';
import { installedSchemathesis } from './install_schemathesis.ts';

/** How far one run of schemathesis goes: `examples` is the most for each operation in a phase. */
export interface SchemathesisOptions {
  readonly seed: number;
  readonly examples: number;
  readonly phases: string;
}

/** The part that we read of schemathesis' JSON report. */
interface Report {
  readonly exit_code: number;
  readonly complete: boolean;
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly {
    readonly code: string;
    readonly title: string;
    readonly operations: readonly string[];
  }[];
}

const configuration = join(import.meta.dirname, 'schemathesis.toml');
const results = join(repository, '.results', 'fuzz');

/**
 * Has schemathesis ask every operation of the farm's own description, and keeps what it wrote in `.results/fuzz`.
 *
 * @throws {FarmError} when it cannot be installed
 */
export async function runSchemathesis(
  options: SchemathesisOptions,
  farm: FuzzFarm,
  say: (line: string) => void,
): Promise<Outcome> {
  const { seed, examples, phases } = options;
  const path = await installedSchemathesis(say);
  const folder = await mkdtemp(join(tmpdir(), 'muster-schemathesis-'));
  const kept = join(results, `schemathesis-${seed}.txt`);
  const from = await lengthOf(farm.log);
  try {
    const report = join(folder, 'report.json');
    const args = ['-m', 'schemathesis.cli', '--no-color', '--config-file', configuration];
    const run = ['run', `${farm.url}/openapi.json`, '--seed', `${seed}`, '-n', `${examples}`];
    const more = ['--phases', phases, '--report', 'json', '--report-json-path', report];
    const { code, text } = await python([...args, ...run, ...more], { path, folder, token: farm.token }, say);
    await mkdir(results, { recursive: true });
    await writeFile(kept, text);
    const reproduce = `npm run fuzz -- --only schemathesis --seed ${seed} --examples ${examples} --phases ${phases}   (all that it wrote, with a curl line for each: ${kept})`;
    const findings = findingsOf(await readReport(report), { code, text }, reproduce);
    return { driver: 'schemathesis', ...(await answeredSince(farm.log, from)), findings };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

async function python(
  args: readonly string[],
  at: { readonly path: string; readonly folder: string; readonly token: string },
  say: (line: string) => void,
): Promise<Ended> {
  const env = {
    ...process.env,
    PYTHONPATH: at.path,
    PYTHONNOUSERSITE: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
    MUSTER_FUZZ_TOKEN: at.token,
  };
  // What it keeps for itself goes with the folder.
  const child = spawn('python3', args, { cwd: at.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (raw) => {
      const line = stripVTControlCharacters(raw);
      text += `${line}\n`;
      if (/^ +\S+ +(?:Loaded|Coverage|Fuzzing|Stateful|Examples)/.test(line)) say(`schemathesis:${line}`);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  process.off('exit', end);
  return { code, text };
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

/** One finding for each operation and kind of failure. A run that ended badly without telling why is one too. */
function findingsOf(report: Report | undefined, { code, text }: Ended, reproduce: string): Finding[] {
  const driver = 'schemathesis';
  const told = (report?.failures ?? []).flatMap(({ code: rule, title, operations }) =>
    operations.map(
      (at) => ({ driver, at, text: `${rule} ${title}\n${excerpt(text, at)}`, reproduce }) as const,
    ),
  );
  if (told.length > 0 || (code === 0 && report?.complete)) return told;
  return [{ driver, at: `its own run (code ${code})`, text: text.slice(-4_000), reproduce }];
}

/** What schemathesis wrote of an operation, without the lines that no human reads to their end. */
function excerpt(text: string, operation: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('___') && line.includes(` ${operation} `));
  const found = lines.slice(from + 1);
  const to = found.findIndex((line) => /^(?:___|===)/.test(line));
  return found
    .slice(0, Math.min(to, 40))
    .map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line))
    .join('\n');
}
