import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { askFarm, CannotSay } from './ask_farm.ts';
import { type Comparison, comparisonText, isWhole, type Repair, repairText } from './report.ts';

const usage = `Compares the copies that the tags service keeps of agents, jobs and assemblers with the records of their owners.

  npm run integrity                    says whether they are equal, and names those that differ
  npm run integrity -- --repair        puts right those that differ, and no others

  --url <address>          of the farm's gateway; http://127.0.0.1:8080 when left out
  --token-file <path>      of the token for --repair; .muster/token when left out; MUSTER_TOKEN wins over it
  --wait <seconds>         how long to go on asking a farm that is not ready to tell; 60 when left out

Ends with 0 when all is equal or healed, 1 when something differs, 2 when it cannot say.`;

const options = {
  repair: { type: 'boolean', default: false },
  url: { type: 'string', default: 'http://127.0.0.1:8080' },
  'token-file': { type: 'string', default: '.muster/token' },
  wait: { type: 'string', default: '60' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readOptions() {
  try {
    const { values } = parseArgs({ options });
    if (!URL.canParse(values.url))
      throw new Error(`--url: "${values.url}" is no address such as http://host:8080`);
    if (!/^[0-9]{1,5}$/.test(values.wait)) throw new Error('--wait: give a whole number of seconds');
    return values;
  } catch (error) {
    throw new CannotSay(`${(error as Error).message}\n\n${usage}`);
  }
}

async function readToken(path: string): Promise<string | undefined> {
  if (process.env.MUSTER_TOKEN) return process.env.MUSTER_TOKEN;
  // A farm with open writes needs none; one that does says so.
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

async function run(): Promise<number> {
  const { repair, url, wait, help, 'token-file': tokenFile } = readOptions();
  if (help) {
    console.log(usage);
    return 0;
  }
  const waitMs = Number(wait) * 1_000;
  if (!repair) {
    const comparison = (await askFarm('GET', { url, waitMs })) as Comparison;
    console.log(comparisonText(comparison));
    return comparison.equal ? 0 : 1;
  }
  const token = await readToken(tokenFile);
  const repaired = (await askFarm('POST', { url, token, waitMs })) as Repair;
  console.log(repairText(repaired));
  return isWhole(repaired) ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof CannotSay)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
