import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CheckedFetch, checkedFetch } from './checked_fetch.ts';
import { freshName } from './client.ts';
import { eventually } from './eventually.ts';
import { expectWhole } from './expect_whole.ts';
import { exchange } from './http_exchange.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import { type History, startWorkload } from './workload.ts';
import { type Caused, recordingWriter, Unknown, type Write } from './writes.ts';

let farm: OwnFarm;
const histories: History[] = [];
beforeAll(async () => {
  farm = await ownFarm(2);
});
afterAll(() => farm[Symbol.asyncDispose]());

const services = ['tags', 'assemblers', 'registry'] as const;
type Service = (typeof services)[number];
const ended = { code: 0, signal: null };

/** An address of each service. */
const routes: Readonly<Record<Service, string>> = {
  tags: '/api/v1/tags/?limit=1',
  assemblers: '/v1/assemblers.json',
  registry: '/api/v1/jobs/?limit=1',
};

/** Asks an instance of the right service, each in its turn, past the gateway. */
function eachInTurn({ processes, client, token }: OwnFarm): CheckedFetch {
  const ask = (name: string) => checkedFetch(processes[name]?.url ?? '', client.document, token);
  const instances = Object.fromEntries(
    services.map((name) => [name, [ask(name), ask(`${name}-2`)] as const]),
  );
  const serviceOf = (path: string) => {
    if (path.includes('/tags')) return 'tags';
    return path.startsWith('/v1/assemblers') ? 'assemblers' : 'registry';
  };
  let turn = 0;
  return (method, path, sent) => {
    const [one, other] = instances[serviceOf(path)] as readonly [CheckedFetch, CheckedFetch];
    return (turn++ % 2 === 0 ? one : other)(method, path, sent);
  };
}

/** What makes a new record of a service, and the event that it causes. */
function makingOf(service: Service): { path: string; json: object; cause: Caused } {
  const name = freshName('new');
  const verbs = ['created'];
  return {
    tags: { path: '/api/v1/tags/', json: { tag: name }, cause: { type: 'tag', verbs, has: { tag: name } } },
    assemblers: {
      path: '/v1/assemblers.json',
      json: { slug: name, name },
      cause: { type: 'assembler', verbs, key: name },
    },
    registry: {
      path: '/api/v1/jobs/',
      json: { title: name },
      cause: { type: 'job', verbs, has: { title: name } },
    },
  }[service];
}

/** A request that is under way: its service has half of its body. */
function halfSent(service: Service) {
  const { path, json } = makingOf(service);
  const body = JSON.stringify(json);
  const sent = request(farm.process(service).url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: `Bearer ${farm.token}`,
    },
  });
  const status = new Promise<number | undefined>((resolve, reject) => {
    sent.on('error', reject).on('response', (response) => resolve(response.resume().statusCode));
  });
  sent.write(body.slice(0, 5));
  return {
    finish() {
      sent.end(body.slice(5));
      return status;
    },
  };
}

/** Makes records of a service, many at a time, until stopped. */
function startBurst(service: Service) {
  const writes: Write[] = [];
  const write = recordingWriter(farm.client.fetch, (one) => writes.push(one));
  let making = true;
  const lane = async () => {
    while (making) {
      const { path, json, cause } = makingOf(service);
      await write('POST', path, { json, causes: [cause] }).catch(async (error) => {
        if (!(error instanceof Unknown)) throw error;
        await sleep(100);
      });
    }
  };
  const lanes = Array.from({ length: 8 }, lane);
  return {
    async stop() {
      making = false;
      await Promise.all(lanes);
      return writes;
    },
  };
}

const statusOf = async (url: string, path: string) =>
  (
    await exchange(url, { method: 'GET', path, headers: { connection: 'close' } }).catch(() => ({
      status: 0,
    }))
  ).status;

test('two instances of each service side by side, one killed meanwhile, publish every version once', async () => {
  await using workload = startWorkload(eachInTurn(farm), { seed: 5, lanes: 6, pauseMs: 60 });
  await sleep(1_000);
  await Promise.all(services.map((name) => farm.process(name).stop('SIGKILL')));
  await sleep(500);
  await Promise.all(services.map((name) => farm.process(name).start()));
  await sleep(1_000);
  histories.push(await workload.stop());
  await expectWhole(farm, histories);
  const others = services.map((name) => farm.process(`${name}-2`).stop());
  expect(await Promise.all(others)).toEqual(services.map(() => ended));
});

test('each process is replaced under load while the rest serves; it ends in order and drops no acknowledged write', async () => {
  await using workload = startWorkload(farm.client.fetch, { seed: 6, lanes: 6, pauseMs: 120 });
  const writes: Write[] = [];
  await sleep(300);
  for (const away of services) {
    const burst = startBurst(away);
    const slow = halfSent(away);
    await sleep(100);
    const ending = farm.process(away).stop();
    await sleep(400);
    expect(await slow.finish()).toBeLessThan(300);
    expect(await ending).toEqual(ended);
    writes.push(...(await burst.stop()));
    for (const service of services) {
      const began = performance.now();
      const { status, headers } = await farm.client.fetch('GET', routes[service]);
      expect(status < 300 ? 'served' : status).toBe(service === away ? 503 : 'served');
      if (service === away) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(performance.now() - began).toBeLessThanOrEqual(1_000);
    }
    await farm.process(away).start();
    await eventually(
      async () => expect((await farm.client.fetch('GET', routes[away])).status).toBeLessThan(300),
      10_000,
    );
  }
  // What a service is asked before its end it answers; what comes later it is not sent, and the gateway says so.
  expect(writes.filter(({ outcome, ended }) => outcome === 'unknown' && ended !== 503)).toEqual([]);
  expect(writes.filter(({ outcome }) => outcome === 'done').length).toBeGreaterThan(20);
  expect(await farm.process('gateway').stop()).toEqual(ended);
  for (const service of services) {
    expect(await statusOf(farm.process(service).url ?? '', routes[service])).toBeLessThan(300);
  }
  await farm.process('gateway').start();
  const from = performance.now();
  await eventually(async () => {
    const done = workload.history.writes.filter(({ began, outcome }) => began > from && outcome === 'done');
    expect(done.length).toBeGreaterThan(10);
  }, 5_000);
  histories.push(await workload.stop(), { writes, settled: [], problems: [] });
  await expectWhole(farm, histories);
});

test('each service starts while NATS, MongoDB and the other services are away, and serves once MongoDB is there', async () => {
  const all = ['gateway', ...services];
  expect(await Promise.all(all.map((name) => farm.process(name).stop()))).toEqual(all.map(() => ended));
  await farm.process('nats-server').stop();
  await farm.process('mongod').stop();

  const starting = Promise.all(all.map((name) => farm.process(name).start()));
  starting.catch(() => {});
  for (const service of services) {
    const { url = '' } = farm.process(service);
    await eventually(async () => expect(await statusOf(url, '/livez')).toBe(200));
    expect(await statusOf(url, '/readyz')).toBe(503);
    await eventually(async () => expect((await farm.client.fetch('GET', routes[service])).status).toBe(503));
  }
  await farm.process('mongod').start();
  await starting;
  for (const service of services) {
    await eventually(async () =>
      expect((await farm.client.fetch('GET', routes[service])).status).toBeLessThan(300),
    );
  }
  const { tag } = await farm.client.newTag();
  expect((await farm.client.fetch('GET', `/api/v1/tags/${tag}`)).status).toBe(200);
  await farm.process('nats-server').start();
  await expectWhole(farm, histories);
});
