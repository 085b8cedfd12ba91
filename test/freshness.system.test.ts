import { setTimeout as sleep } from 'node:timers/promises';
import { allOperations } from '@muster/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sent } from './checked_fetch.ts';
import { freshName } from './client.ts';
import { eventually } from './eventually.ts';
import type { Answer } from './http_exchange.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import { statusCases } from './status_cases.ts';

let farm: OwnFarm;
beforeAll(async () => {
  farm = await ownFarm();
});
afterAll(() => farm[Symbol.asyncDispose]());

const fresh = { prefer: 'refs=fresh' };
const lagOf = ({ headers }: Answer): number => Number(headers.get('farm-refs-lag-ms') ?? 'none');
const fetch = (method: string, path: string, sent?: Sent) => farm.client.fetch(method, path, sent);
const isFresh = async (path: string) => {
  const answer = await fetch('GET', path, { headers: fresh });
  expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'refs=fresh']);
  return answer;
};

/** Holds back what tags hears of the other services' records, on all its instances. */
async function holdBack(): Promise<() => Promise<void>> {
  const nc = await connect({ servers: farm.natsUrl });
  const { consumers } = await jetstreamManager(nc);
  await consumers.pause('FARM', 'tags_references', new Date(Date.now() + 120_000));
  return async () => {
    await consumers.resume('FARM', 'tags_references');
    await nc.close();
  };
}

/** A tag on one agent, both known everywhere. */
async function tagOnAgent() {
  const [{ tag }, { id }] = [await farm.client.newTag(), await farm.client.newAgent()];
  await eventually(async () =>
    expect((await fetch('POST', `/api/v1/tags/${tag}/agents/`, { json: { agent_id: id } })).status).toBe(201),
  );
  return { path: `/api/v1/tags/${tag}`, id };
}

/** Asks for a tag again and again for `ms`, and expects it to be old by more than what is missing from it. */
async function expectHonest(path: string, { ms, since }: { ms: number; since: number }): Promise<number> {
  const until = performance.now() + ms;
  let lag = 0;
  while (performance.now() < until) {
    const asked = Date.now();
    const answer = await fetch('GET', path);
    expect(answer.status).toBe(200);
    expect(lagOf(answer)).toBeGreaterThanOrEqual(asked - since);
    lag = lagOf(answer);
    await sleep(50);
  }
  return lag;
}

async function expectRefused(method: string, path: string, sent: Sent = {}): Promise<void> {
  for (const [language, word] of [
    ['en', 'fresh was asked for'],
    ['ru', 'запрошены свежие'],
  ] as const) {
    const headers = { ...fresh, 'accept-language': language };
    const answer = await fetch(method, path, { ...sent, headers });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.text).toContain(word);
    expect(lagOf(answer)).toBeGreaterThan(2_000);
  }
}

test('every operation that rests on references tells in a quiet farm that it is less than a second behind', async () => {
  const cases = statusCases(farm.client);
  const telling = allOperations.filter(({ tellsLag }) => tellsLag);
  expect(telling.length).toBe(13);
  await eventually(() => isFresh('/api/v1/tags/'));
  const lags: number[] = [];
  for (const { id, method } of telling) {
    for (const [status, ask] of Object.entries(cases[id] ?? {})) {
      if (Number(status) >= 300 && Number(status) !== 404) continue;
      const [path, sent] = await ask();
      const answer = await fetch(method, path, { ...sent, headers: fresh });
      expect([id, answer.status, answer.headers.get('preference-applied')]).toEqual([
        id,
        Number(status),
        'refs=fresh',
      ]);
      expect(answer.headers.get('vary')).toContain('Prefer');
      lags.push(lagOf(answer));
    }
  }
  lags.sort((a, b) => a - b);
  expect(lags[lags.length >> 1]).toBeLessThan(1_000);
  expect(Math.min(...lags)).toBeGreaterThanOrEqual(0);
});

test('304 tells the lag and keeps its ETag', async () => {
  const { path } = await tagOnAgent();
  const etag = (await fetch('GET', path)).headers.get('etag') ?? '';
  const same = await fetch('GET', path, { headers: { 'if-none-match': etag } });
  expect([same.status, same.headers.get('etag')]).toEqual([304, etag]);
  expect(lagOf(same)).toBeGreaterThanOrEqual(0);
});

test('while news are held back the lag grows past them, and fresh answers are refused, writes without effect', async () => {
  const { path, id } = await tagOnAgent();
  const { id: other } = await farm.client.newAgent();
  await eventually(() => isFresh(path));
  const letGo = await holdBack();
  try {
    expect((await fetch('DELETE', `/api/v1/agents/${id}`)).status).toBe(204);
    const since = Date.now();
    const lag = await expectHonest(path, { ms: 2_500, since });
    expect(lag).toBeGreaterThan(2_400);
    // It is stale indeed.
    expect((await fetch('GET', path)).body).toMatchObject({ agents: [{ id }] });
    await expectRefused('GET', path);
    const name = freshName();
    await expectRefused('PUT', `/api/v1/tags/${name}`, { json: { agents: [other] } });
    await expectRefused('POST', '/api/v1/tags/', { json: { tag: name } });
    await expectRefused('POST', `${path}/agents/`, { json: { agent_id: other } });
    expect((await fetch('GET', `/api/v1/tags/${name}`)).status).toBe(404);
    expect((await fetch('GET', path)).body).toMatchObject({ agents: [{ id }] });
    // Whoever does not ask for it is served as ever.
    expect((await fetch('PUT', `/api/v1/tags/${name}`, { json: { agents: [other] } })).status).toBe(201);
    expect((await fetch('GET', path, { headers: { prefer: 'respond-async' } })).status).toBe(200);
  } finally {
    await letGo();
  }
  const answer = await eventually(() => isFresh(path));
  expect(answer.body).toMatchObject({ agents: [] });
  await eventually(async () => expect(lagOf(await fetch('GET', path))).toBeLessThan(1_000));
});

test('while an owner hangs, or is away, the lag grows though no news are known', async () => {
  const { path } = await tagOnAgent();
  await eventually(() => isFresh(path));
  const registry = farm.process('registry');
  process.kill(registry.pid, 'SIGSTOP');
  try {
    expect(await expectHonest(path, { ms: 2_500, since: Date.now() })).toBeGreaterThan(2_400);
    await expectRefused('GET', path);
  } finally {
    process.kill(registry.pid, 'SIGCONT');
  }
  await eventually(() => isFresh(path));
  await farm.process('assemblers').stop('SIGKILL');
  await expectHonest(path, { ms: 2_500, since: Date.now() });
  await expectRefused('GET', path);
  await farm.process('assemblers').start();
  await eventually(() => isFresh(path));
});

test('while nats-server is away the lag grows, and falls once it is back', async () => {
  const { path } = await tagOnAgent();
  await eventually(() => isFresh(path));
  await farm.process('nats-server').stop();
  await expectHonest(path, { ms: 2_500, since: Date.now() });
  await expectRefused('GET', path);
  await farm.process('nats-server').start();
  await eventually(() => isFresh(path), 15_000);
});
