/**
 * Sees that no process keeps memory: sends very many requests through the gateway of a farm of its own, with clients that hang up, bad input
 * and writes among them, and compares the memory of every process after a tenth of them with that after all. Ends with 1 when one grew
 * by more than a tenth.
 *
 * ```
 * npm run soak
 * npm run soak -- 40000
 * ```
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedBackends, startFarm } from '@muster/dev';
import { inLanes } from '../in_lanes.ts';
import { soakLoad } from './load.ts';
import { compare, measure, residentOf } from './memory.ts';

const LANES = 32;
const WARM = 20_000;
const telling = new Set(['tags', 'assemblers', 'registry', 'gateway']);

const total = Number(process.argv[2] ?? 200_000);
if (!(total >= 1_000)) {
  console.error('Give the number of requests: 1,000 or more.');
  process.exit(2);
}
const warm = Math.min(WARM, total / 4);
const home = await mkdtemp(join(tmpdir(), 'muster-soak-'));
const farm = await startFarm({
  home,
  port: 0,
  backends: sharedBackends,
  env: {
    NODE_OPTIONS: `--expose-gc --import ${join(import.meta.dirname, 'tell_memory.ts')}`,
    LOG_LEVEL: 'warn',
    POLL_LIMIT: '0',
  },
});
try {
  const sendOne = await soakLoad(farm);
  let sent = 0;
  const problems = new Map<string, number>();
  const send = async (until: number) => {
    const began = performance.now();
    const from = sent;
    await inLanes(LANES, until - from, async () => {
      await sendOne().catch((error: Error) => {
        const what = error.message.slice(0, 160);
        problems.set(what, (problems.get(what) ?? 0) + 1);
      });
      sent += 1;
      if (sent % 10_000 === 0) await say((1_000 * (sent - from)) / (performance.now() - began));
    });
  };
  const say = async (rate: number) => {
    const resident = Object.values(farm.processes)
      .filter(({ name }) => telling.has(name))
      .map(async (handle) => `${handle.name} ${((await residentOf(handle)) / 1024 / 1024).toFixed(0)}`);
    console.log(`${sent} requests, ${rate.toFixed(0)}/s; MiB: ${(await Promise.all(resident)).join(', ')}`);
  };
  await send(warm);
  const before = await measure(farm, telling);
  await send(total);
  const { table, grown } = compare(before, await measure(farm, telling));
  console.log(`\nAfter ${warm} and after ${total} requests:\n\n${table}\n`);
  for (const [problem, times] of [...problems].slice(0, 10)) console.log(`${times} times: ${problem}`);
  for (const one of grown) console.log(one);
  process.exitCode = grown.length > 0 || problems.size > 0 ? 1 : 0;
} finally {
  await farm.stop();
  await rm(home, { recursive: true, force: true });
}
