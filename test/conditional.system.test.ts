import { expect, test } from 'vitest';
import type { Sent } from './checked_fetch.ts';
import { farmClient, freshName } from './client.ts';

const farm = await farmClient();
const { fetch } = farm;
const agentBody = (hostname: string, id: string) => ({ hostname, id });

type Write = readonly [method: string, sent: Sent];

/** What is written to: a maker of one, a change of it by others, and a write, each time another one. */
interface Row {
  readonly what: string;
  readonly make: () => Promise<{ path: string; change: () => Promise<unknown> }>;
  readonly write: () => Promise<Write>;
}

const remove = async (): Promise<Write> => ['DELETE', {}];
const assembler = async () => {
  const path = `/v1/assemblers/${(await farm.newAssembler()).slug}.json`;
  return { path, change: () => fetch('PATCH', path, { json: { host: freshName('host') } }) };
};
const tag = async () => {
  const path = `/api/v1/tags/${(await farm.newTag()).tag}`;
  const agent_id = (await farm.newAgent()).id;
  return { path, change: () => fetch('POST', `${path}/agents/`, { json: { agent_id } }) };
};
const agent = async () => {
  const { id } = await farm.newAgent();
  const json = agentBody(freshName(), id);
  return { path: `/api/v1/agents/${id}`, change: () => fetch('POST', '/api/v1/agents/', { json }) };
};
const rows: readonly Row[] = [
  {
    what: 'PATCH of an assembler',
    make: assembler,
    write: async () => ['PATCH', { json: { name: freshName() } }],
  },
  { what: 'DELETE of an assembler', make: assembler, write: remove },
  { what: 'DELETE of an agent', make: agent, write: remove },
  {
    what: 'PUT of a tag',
    make: tag,
    write: async () => ['PUT', { json: { jobs: [(await farm.newJob()).id] } }],
  },
  { what: 'DELETE of a tag', make: tag, write: remove },
];

const etagOf = async (path: string) => (await fetch('GET', path)).headers.get('etag') ?? 'none';
const under = async (path: string, etag: string, [method, sent]: Write) =>
  fetch(method, path, { ...sent, headers: { 'if-match': etag } });

test.each(rows)(
  '$what under If-Match: 412 with the current ETag once it changed, else done',
  async ({ make, write }) => {
    const { path, change } = await make();
    const old = await etagOf(path);
    await change();
    const current = await etagOf(path);
    expect(current).not.toBe(old);
    const before = await fetch('GET', path);
    const refused = await under(path, old, await write());
    expect([refused.status, refused.headers.get('etag')]).toEqual([412, current]);
    expect((await fetch('GET', path)).text).toBe(before.text);
    expect((await under(path, `${old}, ${current}`, await write())).status).toBeLessThan(300);
  },
);

test.each(rows)('$what under If-Match: * holds while there is one', async ({ make, write }) => {
  const { path } = await make();
  expect((await under(path, '*', await write())).status).toBeLessThan(300);
});

test.each(rows)(
  '$what, 8 times at once under one ETag, is done once and refused 7 times',
  async ({ make, write }) => {
    const { path } = await make();
    const etag = await etagOf(path);
    const writes = await Promise.all(Array.from({ length: 8 }, write));
    const answers = await Promise.all(writes.map((one) => under(path, etag, one)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses[0]).toBeLessThan(300);
    for (const status of statuses.slice(1)) expect([404, 412]).toContain(status);
  },
);

test.each([
  ['an assembler', async () => `/v1/assemblers/${(await farm.newAssembler()).slug}`],
  ['an agent', async () => `/api/v1/agents/${(await farm.newAgent()).id}`],
  ['a job', async () => `/api/v1/jobs/${(await farm.newJob()).id}`],
])('the ETag of %s is its revision, a whole number', async (_, make) => {
  expect(await etagOf(await make())).toBe('"1"');
});

test('a write that gives an ETag gives the one that a GET of the same record gives', async () => {
  const { slug } = await farm.newAssembler();
  const { id } = await farm.newAgent();
  const writes = [
    await fetch('PATCH', `/v1/assemblers/${slug}`, { json: { name: freshName() } }),
    await fetch('POST', '/api/v1/agents/', { json: agentBody(freshName(), id) }),
    await fetch('PUT', `/api/v1/tags/${(await farm.newTag()).tag}`, { json: {} }),
    await fetch('POST', '/api/v1/tags/', { json: { tag: freshName() } }),
  ];
  for (const { headers, body } of writes) {
    const { tag } = body as { tag?: string };
    const path =
      tag === undefined
        ? 'slug' in (body as object)
          ? `/v1/assemblers/${slug}`
          : `/api/v1/agents/${id}`
        : `/api/v1/tags/${tag}`;
    const given = headers.get('etag');
    if (given !== null) expect([path, given]).toEqual([path, await etagOf(path)]);
  }
});

test('a page of the assemblers changes its ETag with each record on it', async () => {
  const { slug } = await farm.newAssembler();
  const { headers } = await fetch('GET', '/v1/assemblers.json?per_page=1');
  const total = Number(headers.get('content-range')?.split('/')[1]);
  const pageOf = async () => {
    for (let page = 1; page <= total; page += 1) {
      const path = `/v1/assemblers.json?per_page=50&page=${page}`;
      if ((await fetch('GET', path)).text.includes(`"${slug}"`)) return path;
    }
    throw new Error('the record is on no page');
  };
  const path = await pageOf();
  const before = await etagOf(path);
  await fetch('PATCH', `/v1/assemblers/${slug}`, { json: { name: freshName() } });
  const answer = await fetch('GET', path, { headers: { 'if-none-match': before } });
  expect([200, 206]).toContain(answer.status);
});
