/**
 * How the cost of requests to tags grows with the number of taggings and with the size of a tag: real mongod, nats-server and service,
 * one connection, a fresh database for each size. Takes about six minutes. Writes figures, and drawings of them: into
 * `docs/performance` after a whole run, into `.results` after a part of it, or where `--drawings` says. Ends with 1 when an answer
 * was wrong or no index serves a query.
 *
 * ```
 * npm run bench:growth
 * npm run bench:growth -- --most 10000 --json .results/small.json
 * ```
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findServers, repository, sharedBackends } from '@muster/dev';
import { drawGrowth } from './draw_growth.ts';
import { type Growth, problemsOf } from './growth.ts';
import { growthTable } from './growth_table.ts';
import { measureLarge } from './measure_large.ts';
import { type ManyCost, measureMany } from './measure_many.ts';
import { type PreparedFarm, prepareFarm } from './prepare_farm.ts';

const { values } = parseArgs({
  options: {
    most: { type: 'string', default: '1000000' },
    json: { type: 'string', default: join(repository, '.results', 'growth.json') },
    drawings: { type: 'string' },
  },
});
const most = Number(values.most);
if (!(most >= 1_000)) {
  console.error('Give --most, the greatest number of taggings: 1000 or more.');
  process.exit(2);
}
/** What a part of the run draws must not take the place of the whole's. */
const drawings =
  values.drawings ?? join(repository, ...(most >= 1_000_000 ? ['docs', 'performance'] : ['.results']));
const sizes = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= most);
const agents = [10, 1_000, 100_000].filter((size) => size <= most);
/** Plans are looked at where reading a collection whole would hurt, but not at the largest size, which takes long as it is. */
const explained = sizes.findLast((size) => size <= 100_000);

const began = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const interrupted = Promise.withResolvers<never>();
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isEnding = true;
    interrupted.reject(new Error(`ended by ${signal}`));
  });
}
/** The servers that were asked for last. */
let latest: Promise<PreparedFarm> | undefined;

async function run(): Promise<Growth> {
  const binaries = await findServers({ backends: sharedBackends, say });
  const prepare = (): Promise<PreparedFarm> => {
    if (isEnding) throw new Error('the program is ending');
    latest = prepareFarm(binaries);
    return latest;
  };
  const load = loadavg()[0] ?? Number.NaN;
  const many: ManyCost[] = [];
  for (const taggings of sizes) {
    many.push(await measureMany({ taggings, explain: taggings === explained }, { prepare, say }));
  }
  const large = await measureLarge({ others: Math.min(most, 10_000), sizes: agents }, { prepare, say });
  const machine = { cores: availableParallelism(), node: process.version, load };
  return { at: new Date().toISOString(), machine, many, large };
}

const running = run();
try {
  const growth = await Promise.race([running, interrupted.promise]);
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(growth, null, 2)}\n`);
  const drawn = await drawGrowth(growth, drawings);
  console.log(`\n${growthTable(growth)}\n\nWritten: ${[values.json, ...drawn].join(', ')}`);
  const problems = problemsOf(growth);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  const farm = await latest?.catch(() => undefined);
  await farm?.stop();
  // An interrupted measurement fails as soon as its servers are gone, and then clears up behind itself.
  await running.catch(() => {});
}
