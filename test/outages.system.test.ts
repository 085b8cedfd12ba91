import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CheckedFetch } from './checked_fetch.ts';
import { eventually } from './eventually.ts';
import { expectWhole } from './expect_whole.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import type { Known } from './round.ts';
import { startWorkload, type Workload } from './workload.ts';

describe.concurrent('outages', () => {
  test('nats-server away for 10 s: no write is refused for it, and afterwards every event is there', async () => {
    await using farm = await ownFarm();
    const { newAgent, newJob, newAssembler } = farm.client;
    const known: Known = {
      agents: [(await eventually(newAgent)).id],
      jobs: [(await eventually(newJob)).id],
      assemblers: [(await eventually(() => newAssembler())).slug],
    };
    await eventually(() => expectKnown(farm.client.fetch, known));
    await using workload = startWorkload(farm.client.fetch, { seed: 2, lanes: 3, pauseMs: 50, known });
    await sleep(300);
    await farm.process('nats-server').stop();
    const stopped = performance.now();
    await sleep(10_000);
    const started = performance.now();
    await farm.process('nats-server').start();
    const { writes, settled, problems } = await workload.stop();
    const during = writes.filter(({ began }) => began > stopped && began < started);
    expect(during.length).toBeGreaterThan(100);
    expect(
      writes.filter(({ outcome }) => outcome === 'unknown').map(({ what, ended }) => `${what} ${ended}`),
    ).toEqual([]);
    await expectWhole(farm, [{ writes, settled, problems }]);
  });

  test('mongod killed, and stopped in its tracks, for 5 s: 503 with Retry-After or 504 within 5 s, and all is well afterwards', async () => {
    await using farm = await ownFarm();
    const mongod = farm.process('mongod');
    await using workload = startWorkload(farm.client.fetch, { seed: 3, lanes: 4, pauseMs: 50 });
    await sleep(500);
    await expectHonest(farm, workload, {
      stop: () => mongod.stop('SIGKILL'),
      start: () => mongod.start(),
    });
    await expectHonest(farm, workload, {
      stop: async () => process.kill(mongod.pid, 'SIGSTOP'),
      start: async () => process.kill(mongod.pid, 'SIGCONT'),
    });
    await expectWhole(farm, [await workload.stop()]);
  });
});

/** Takes something away for 5 s under a workload and reads, and expects refusals in time while it is, and successes soon after. */
async function expectHonest(
  { client }: OwnFarm,
  { history }: Workload,
  outage: { stop: () => Promise<unknown>; start: () => Promise<unknown> },
): Promise<void> {
  await outage.stop();
  const stopped = performance.now();
  const reads = startReads(client.fetch);
  await sleep(5_000);
  const ending = performance.now();
  await outage.start();
  const back = performance.now();
  await eventually(async () => {
    expect((await client.fetch('GET', '/readyz')).body).toEqual(allOk);
    const after = history.writes.filter(({ began, outcome }) => began > back && outcome === 'done');
    expect(after.length).toBeGreaterThan(10);
  }, 5_000);
  const seen = await reads.stop();
  const writes = history.writes.map((write) => ({ ...write, status: write.ended }));
  const all = [...writes, ...seen].filter(({ began }) => began > stopped);
  // What waits for mongod is still done when it comes back in time.
  const during = all.filter(({ began, took }) => began + took < ending);
  expect(during.length).toBeGreaterThanOrEqual(5);
  // A page that stood ready is answered until nothing was heard of changes for a second.
  const isReadyPage = (one: (typeof during)[number]) =>
    'path' in one && one.path === pageAddress && one.status < 300 && one.began < stopped + 1_000;
  const judged = during.filter((one) => !isReadyPage(one));
  expect(new Set(judged.map(({ status }) => status)).difference(new Set([503, 504]))).toEqual(new Set());
  expect(Math.max(...all.map(({ took }) => took))).toBeLessThan(5_500);
}

const pageAddress = '/v1/assemblers.json';
const allOk = { status: 'ready', tags: 'ok', assemblers: 'ok', registry: 'ok' };

async function expectKnown(fetch: CheckedFetch, { agents, jobs, assemblers }: Known): Promise<void> {
  const tag = 'known';
  await fetch('POST', '/api/v1/tags/', { json: { tag } });
  for (const agent_id of agents) await fetch('POST', `/api/v1/tags/${tag}/agents/`, { json: { agent_id } });
  for (const job_id of jobs) await fetch('POST', `/api/v1/tags/${tag}/jobs/`, { json: { job_id } });
  for (const slug of assemblers)
    await fetch('POST', `/api/v1/tags/${tag}/assemblers/`, { json: { assembler_slug: slug } });
  const { body } = await fetch('GET', `/api/v1/tags/${tag}`);
  expect((body as { agents: unknown[] }).agents).toHaveLength(agents.length);
}

/** Reads each kind of address again and again until stopped; gives back how each read ended. */
function startReads(fetch: CheckedFetch) {
  const seen: { path: string; status: number; began: number; took: number }[] = [];
  let reading = true;
  const paths = ['/api/v1/tags/', '/api/v1/tags/1', pageAddress, '/api/v1/agents/', '/v1/source_paths.json'];
  const lanes = paths.map(async (path) => {
    while (reading) {
      const began = performance.now();
      const { status } = await fetch('GET', path);
      seen.push({ path, status, began, took: performance.now() - began });
      await sleep(100);
    }
  });
  return {
    async stop() {
      reading = false;
      await Promise.all(lanes);
      return seen;
    },
  };
}
