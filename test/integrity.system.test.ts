import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { inLanes } from './in_lanes.ts';
import { type Comparison, command, named, type Repair, type Row } from './integrity_fixture.ts';
import { type OwnFarm, ownFarm } from './own_farm.ts';
import { danglingTaggings } from './stored_versions.ts';

const PATH = '/api/v1/integrity';
let farm: OwnFarm;
let mongo: MongoClient;
beforeAll(async () => {
  farm = await ownFarm();
  mongo = new MongoClient(farm.mongodbUrl);
  await inLanes(8, 120, async (at) => {
    if (at % 3 === 0) await farm.client.newJob();
    else if (at % 3 === 1) await farm.client.newAssembler();
    else if (at % 2 === 0) await farm.client.newAgent();
    else await fetch('DELETE', `/api/v1/agents/${(await farm.client.newAgent()).id}`);
  });
  await eventually(async () => expect((await compare()).equal).toBe(true));
});
afterAll(async () => {
  await mongo?.close();
  await farm?.[Symbol.asyncDispose]();
});

const fetch: OwnFarm['client']['fetch'] = (...asked) => farm.client.fetch(...asked);
const rows = () => mongo.db('tags').collection<Row>('references');
const rowsById = async () => new Map((await rows().find().toArray()).map((row) => [row._id, row]));

/** Asks again while it is said to be too early, which a busy machine may make it. */
const ask = (method: 'GET' | 'POST') =>
  eventually(async () => {
    const { status, body, text } = await fetch(method, PATH);
    expect(status, text).toBe(200);
    return body;
  }, 30_000);
const compare = async () => (await ask('GET')) as Comparison;
const repair = async () => (await ask('POST')) as Repair;

/** Spoils seven rows, each in another way; gives back their keys. */
async function spoil(): Promise<string[]> {
  const agents = await Promise.all(Array.from({ length: 5 }, () => farm.client.newAgent()));
  const [job, assembler] = [await farm.client.newJob(), await farm.client.newAssembler()];
  const { tag } = await farm.client.newTag();
  const [raised, lowered, missing, dead, gone] = agents.map(({ id }) => id) as [
    string,
    string,
    string,
    string,
    string,
  ];
  await fetch('POST', `/api/v1/tags/${tag}/agents/`, { json: { agent_id: gone } });
  await fetch('DELETE', `/api/v1/agents/${gone}`);
  await eventually(async () => expect(named(await compare())).toEqual([]));
  const set = async (id: string, fields: Partial<Row>) =>
    expect((await rows().updateOne({ _id: id }, { $set: fields })).modifiedCount).toBe(1);
  await set(`agent:${raised}`, { v: 1_000_000 });
  await set(`agent:${lowered}`, { v: 0 });
  expect((await rows().deleteOne({ _id: `agent:${missing}` })).deletedCount).toBe(1);
  await set(`agent:${dead}`, { live: false });
  await set(`agent:${gone}`, { live: true, label: 'gone' });
  await set(`job:${job.id}`, { label: 'another title' });
  const invented = `assembler:${assembler.slug}-invented`;
  await rows().insertOne({ _id: invented, live: true, v: 3, born: 1, label: 'none' });
  // What is taken for alive is tagged.
  const attached = [
    await fetch('POST', `/api/v1/tags/${tag}/agents/`, { json: { agent_id: gone } }),
    await fetch('POST', `/api/v1/tags/${tag}/assemblers/`, { json: { assembler_slug: invented.slice(10) } }),
  ];
  expect(attached.map(({ status }) => status)).toEqual([201, 201]);
  return [
    ...[raised, lowered, missing, dead, gone].map((id) => `agent:${id}`),
    `job:${job.id}`,
    invented,
  ].sort();
}

test('a farm whose copies are right is told to be equal, with the number of records of each kind', async () => {
  const { equal, position, kinds } = await compare();
  expect(equal).toBe(true);
  expect(position).toBeGreaterThan(0);
  for (const kind of ['agent', 'job', 'assembler']) {
    expect(kinds[kind]).toEqual({ owner: kinds[kind]?.owner, read_model: kinds[kind]?.owner, differing: [] });
    expect(kinds[kind]?.owner).toBeGreaterThan(19);
  }
});

test('seven rows that were spoilt are named, healed, and nothing else is touched', async () => {
  const before = await rowsById();
  const spoilt = await spoil();
  const right = new Map([...(await rowsById())].filter(([id]) => !spoilt.includes(id)));
  const found = await compare();
  expect(found.equal).toBe(false);
  expect(named(found)).toEqual(spoilt);
  expect(found.kinds.assembler?.differing).toMatchObject([{ owner: null, read_model: { v: 3 } }]);
  expect(found.kinds.agent?.differing.map(({ read_model }) => read_model)).toContain(null);

  const { healed, kinds } = await repair();
  expect(healed).toBe(7);
  const healedKeys = Object.entries(kinds).flatMap(([kind, one]) =>
    one.healed.map(({ id }) => `${kind}:${id}`),
  );
  expect(healedKeys.sort()).toEqual(spoilt);
  expect(Object.values(kinds).flatMap(({ left }) => left)).toEqual([]);

  const after = await rowsById();
  for (const [id, row] of right) expect(after.get(id)).toEqual(row);
  expect(after.size).toBe(before.size + 7);
  expect(await compare()).toMatchObject({ equal: true });
  expect((await repair()).healed).toBe(0);
  // Of what was taken for alive and never was, no relation is left.
  expect(await danglingTaggings(farm.mongodbUrl)).toEqual([]);
  const taggings = await mongo.db('tags').collection('taggings').find({ live: true }).toArray();
  expect(taggings.filter(({ state }) => !right.has(`${state.kind}:${state.ref}`))).toEqual([]);
});

test('what is healed hears further news again', async () => {
  const { id } = await farm.client.newAgent();
  await eventually(async () => expect(await rows().countDocuments({ _id: `agent:${id}` })).toBe(1));
  await rows().updateOne({ _id: `agent:${id}` }, { $set: { v: 500 } });
  expect(named(await compare())).toEqual([`agent:${id}`]);
  expect((await repair()).healed).toBe(1);
  await fetch('POST', '/api/v1/agents/', { json: { id, hostname: 'renamed' } });
  await eventually(async () =>
    expect(await rows().findOne({ _id: `agent:${id}` })).toMatchObject({ v: 2, label: 'renamed' }),
  );
});

test('while records come, change and go, 20 comparisons name none of them', async () => {
  let writing = true;
  let written = 0;
  const write: typeof fetch = (...asked) => {
    written += 1;
    return fetch(...asked);
  };
  const lanes = Array.from({ length: 6 }, async () => {
    while (writing) {
      const agent = await farm.client.newAgent();
      const job = await farm.client.newJob();
      const { slug } = await farm.client.newAssembler();
      await write('POST', '/api/v1/agents/', { json: { id: agent.id, hostname: 'other' } });
      await write('DELETE', `/api/v1/agents/${agent.id}`);
      await write('POST', '/api/v1/agents/', { json: { id: agent.id, hostname: 'again' } });
      await write('DELETE', `/api/v1/jobs/${job.id}`);
      await write('PATCH', `/v1/assemblers/${slug}.json`, { json: { name: `${slug} again` } });
      await sleep(10);
    }
  });
  try {
    for (let time = 0; time < 20; time += 1) {
      const before = written;
      expect(named(await compare())).toEqual([]);
      expect(written).toBeGreaterThan(before);
    }
  } finally {
    writing = false;
    await Promise.all(lanes);
  }
});

test('a repair under a workload heals what is wrong and undoes no news', async () => {
  const agents = await Promise.all(Array.from({ length: 12 }, () => farm.client.newAgent()));
  await eventually(async () => expect((await compare()).equal).toBe(true));
  let writing = true;
  const lanes = agents.map(async ({ id }) => {
    for (let turn = 0; writing; turn += 1) {
      if (turn % 3 === 2) await fetch('DELETE', `/api/v1/agents/${id}`);
      else await fetch('POST', '/api/v1/agents/', { json: { id, hostname: `h${turn}` } });
      await sleep(20);
    }
  });
  for (let time = 0; time < 10; time += 1) {
    for (const { id } of agents) {
      const at = { _id: `agent:${id}` };
      if (time % 3 === 0) await rows().updateOne(at, { $inc: { v: 50 } });
      else if (time % 3 === 1) await rows().deleteOne(at);
      else await rows().updateOne(at, { $set: { live: time % 2 === 0, label: 'spoilt' } });
    }
    await repair();
  }
  writing = false;
  await Promise.all(lanes);
  await eventually(async () => {
    await repair();
    expect((await compare()).equal).toBe(true);
  });
});

test('the command says in words and by its exit code how it is, and heals', async () => {
  const url = ['--url', farm.url];
  const equal = await command(url);
  expect([equal.code, equal.out]).toEqual([0, expect.stringContaining('Equal')]);
  const { id } = await farm.client.newAgent();
  await eventually(async () =>
    expect(await rows().deleteOne({ _id: `agent:${id}` })).toMatchObject({ deletedCount: 1 }),
  );
  const differing = await command(url);
  expect([differing.code, differing.out]).toEqual([1, expect.stringContaining(id)]);
  const refused = await command([...url, '--repair'], { MUSTER_TOKEN: 'muster_wrong' });
  expect([refused.code, refused.out]).toEqual([2, expect.stringContaining('MUSTER_TOKEN')]);
  const tokenFile = join(farm.home, 'integrity_token');
  await writeFile(tokenFile, `${farm.token}\n`);
  const healed = await command([...url, '--repair', '--token-file', tokenFile]);
  expect([healed.code, healed.out]).toEqual([0, expect.stringContaining('Healed 1')]);
  expect((await command(url)).code).toBe(0);
  for (const args of [['--url', 'http://127.0.0.1:1'], ['--url', 'x'], ['--no-such'], ['--wait', 'x']]) {
    expect([args, (await command(args)).code]).toEqual([args, 2]);
  }
});

test('503 with Retry-After names the owner that is away, in both languages, and the command cannot say', async () => {
  const registry = farm.process('registry');
  const expectNamed = async () => {
    for (const [language, word] of [
      ['en', 'cannot be compared'],
      ['ru', 'нельзя сравнить'],
    ] as const) {
      const answer = await fetch('GET', PATH, { headers: { 'accept-language': language } });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
      expect(answer.text).toContain('registry');
      expect(answer.text).toContain(word);
    }
  };
  process.kill(registry.pid, 'SIGSTOP');
  await expectNamed().finally(() => process.kill(registry.pid, 'SIGCONT'));
  await registry.stop();
  await expectNamed();
  const unknown = await command(['--url', farm.url, '--wait', '3']);
  expect([unknown.code, unknown.out]).toEqual([2, expect.stringContaining('registry')]);
  await registry.start();
  await eventually(async () => expect((await compare()).equal).toBe(true));
});

test('it takes its own methods only, and a token for the repair', async () => {
  expect((await fetch('DELETE', PATH)).status).toBe(405);
  expect((await fetch('POST', PATH, { token: 'muster_wrong' })).status).toBe(401);
  expect((await fetch('GET', `${PATH}/agents`)).status).toBe(404);
  expect((await fetch('GET', `${PATH}?deep=1`)).status).toBe(400);
  expect((await fetch('GET', `${PATH}/`)).status).toBe(200);
});
