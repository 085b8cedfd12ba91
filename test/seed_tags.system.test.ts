/**
 * Every example of the document pyfarm.master.api.tags, sent as it is written there. Where an answer differs from the one
 * shown, the comment names the decision: the document's lists of status codes go before its examples, agent ids are UUIDs, and a
 * body is declared as JSON.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { farmClient } from './client.ts';
import { replay } from './replay.ts';

const { fetch } = await farmClient();
const json = { 'Content-Type': 'application/json' };
const agent = 'dd0c6da2-0c91-42cf-a82f-6d503aae43d3';

async function clean(): Promise<void> {
  for (const tag of ['interesting', 'boring']) await fetch('DELETE', `/api/v1/tags/${tag}`);
  await fetch('DELETE', `/api/v1/agents/${agent}`);
}
beforeAll(clean);
afterAll(clean);

const postTag = `
POST /api/v1/tags/ HTTP/1.1
Accept: application/json

{
    "tag": "interesting"
}`;

const postAgent = `
POST /api/v1/tags/interesting/agents/ HTTP/1.1
Accept: application/json

{
    "agent_id": "${agent}"
}`;

test('POST /tags/ as written declares no media type: 415, and the tag is not made', async () => {
  // Decided: a body is not guessed to be JSON; its type must be declared.
  expect((await replay(fetch, postTag)).status).toBe(415);
  expect((await fetch('GET', '/api/v1/tags/interesting')).status).toBe(404);
});

test('POST /tags/ of the document: 201 for a new tag, then 200 with the same id', async () => {
  // As shown; `agents` and `jobs` come besides, as the original answers them.
  const made = await replay(fetch, postTag, json);
  const shown = { id: expect.any(Number), tag: 'interesting', agents: [], jobs: [] };
  expect([made.status, made.body]).toEqual([201, shown]);
  const again = await replay(fetch, postTag, json);
  expect([again.status, again.body]).toEqual([200, made.body]);
});

test('POST /tags/interesting/agents/ of the document: 201 newly tagged, 200 already tagged', async () => {
  // Decided: agents are known by UUID, so `id` is the one sent and `href` its address. An unknown one is 404, as listed.
  expect((await replay(fetch, postAgent, json)).status).toBe(404);
  await fetch('POST', '/api/v1/agents/', { json: { hostname: 'agent3', id: agent } });
  const shown = { href: `/api/v1/agents/${agent}`, id: agent };
  const tagged = await replay(fetch, postAgent, json);
  expect([tagged.status, tagged.body]).toEqual([201, shown]);
  const again = await replay(fetch, postAgent, json);
  expect([again.status, again.body]).toEqual([200, shown]);
});

const shownAgent = { hostname: 'agent3', id: agent, href: `/api/v1/agents/${agent}` };

test('GET /tags/interesting/agents/ of the document: the list', async () => {
  // The example says 201, the list of status codes 200; decided: 200.
  const { status, body } = await replay(
    fetch,
    `
GET /api/v1/tags/interesting/agents/ HTTP/1.1
Accept: application/json`,
  );
  expect([status, body]).toEqual([200, [shownAgent]]);
});

test('GET /tags/interesting of the document: the tag with its agents', async () => {
  const { status, body } = await replay(
    fetch,
    `
GET /api/v1/tags/interesting HTTP/1.1
Accept: application/json`,
  );
  const shown = { agents: [shownAgent], id: expect.any(Number), jobs: [], tag: 'interesting' };
  expect([status, body]).toEqual([200, shown]);
});

test('GET /tags/ of the document: all tags with the ids of their agents and jobs', async () => {
  await fetch('POST', '/api/v1/tags/', { json: { tag: 'boring' } });
  const { status, body } = await replay(
    fetch,
    `
GET /api/v1/tags/ HTTP/1.1
Accept: application/json`,
  );
  expect(status).toBe(200);
  const shown = (body as { tag: string }[]).filter(({ tag }) => ['interesting', 'boring'].includes(tag));
  expect(shown).toEqual([
    { agents: [agent], jobs: [], id: expect.any(Number), tag: 'interesting' },
    { agents: [], jobs: [], id: expect.any(Number), tag: 'boring' },
  ]);
});

test('PUT /tags/interesting of the document: 201 {id, tag}, the id kept, what is not listed dropped', async () => {
  const before = await fetch('GET', '/api/v1/tags/interesting');
  const put = `
PUT /api/v1/tags/interesting HTTP/1.1
Accept: application/json

{
    "tag": "interesting"
}`;
  expect((await replay(fetch, put)).status).toBe(415);
  const { status, body } = await replay(fetch, put, json);
  const { id } = before.body as { id: number };
  expect([status, body]).toEqual([201, { id, tag: 'interesting' }]);
  expect((await fetch('GET', '/api/v1/tags/interesting')).body).toMatchObject({ id, agents: [] });
});

test('PUT /tags/interesting with the document’s broken JSON: 400; mended, 404 for the agent 1', async () => {
  // The example lacks a comma. An integer is a well-formed reference to an agent, of which there is none: 404, as listed.
  const broken = `
PUT /api/v1/tags/interesting HTTP/1.1
Accept: application/json

{
    "tag": "interesting",
    "agents": [1]
    "jobs": []
}`;
  const refused = await replay(fetch, broken, json);
  expect([refused.status, refused.body]).toMatchObject([400, { code: 'malformed' }]);
  const mended = await replay(fetch, broken.replace('[1]', '[1],'), json);
  expect([mended.status, mended.body]).toMatchObject([404, { error: expect.stringContaining('"1"') }]);
  const known = await replay(fetch, broken.replace('[1]', `["${agent}"],`), json);
  expect([known.status, known.body]).toEqual([201, { id: expect.any(Number), tag: 'interesting' }]);
  expect((await fetch('GET', '/api/v1/tags/interesting')).body).toMatchObject({ agents: [shownAgent] });
});

test('DELETE /tags/interesting of the document: 204, also when there is none', async () => {
  // The example shows 201 and the tag, the list of status codes 204; decided: 204, empty.
  const remove = `
DELETE /api/v1/tags/interesting HTTP/1.1
Accept: application/json`;
  const gone = await replay(fetch, remove);
  expect([gone.status, gone.text]).toEqual([204, '']);
  expect((await replay(fetch, remove)).status).toBe(204);
  expect((await fetch('GET', '/api/v1/tags/interesting')).status).toBe(404);
});

test('GET /tags/schema/ of the document: the columns', async () => {
  const { status, body } = await replay(
    fetch,
    `
GET /api/v1/tags/schema/ HTTP/1.1
Accept: application/json`,
  );
  expect([status, body]).toEqual([200, { id: 'INTEGER', tag: 'VARCHAR(64)' }]);
});
