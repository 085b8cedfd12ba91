import { expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';
import { eventually } from './eventually.ts';

const farm = await farmClient();
const { fetch } = farm;
const NO_AGENT = '00000000-0000-4000-8000-000000000000';

const kinds = [
  {
    kind: 'agent',
    field: 'agent_id',
    unknown: NO_AGENT,
    label: 'hostname',
    make: async () => {
      const { id, hostname } = await farm.newAgent();
      return { id, label: hostname, href: `/api/v1/agents/${id}` };
    },
    tagsAt: (id: string | number) => `/api/v1/agents/${id}/tags/`,
    unfit: ['x', '', 'a'.repeat(36), `${NO_AGENT}0`, 1.5, -1, true, null, [], {}, [NO_AGENT]],
  },
  {
    kind: 'job',
    field: 'job_id',
    unknown: 987_654_321,
    label: 'title',
    make: async () => {
      const { id, title } = await farm.newJob();
      return { id, label: title, href: `/api/v1/jobs/${id}` };
    },
    tagsAt: (id: string | number) => `/api/v1/jobs/${id}/tags/`,
    unfit: ['x', '1', '', 1.5, -1, 2 ** 53, true, null, [], {}, [1]],
  },
  {
    kind: 'assembler',
    field: 'assembler_slug',
    unknown: 'no-such-assembler',
    label: 'name',
    make: async () => {
      const { slug, name } = await farm.newAssembler();
      return { id: slug, label: name, href: `/v1/assemblers/${slug}.json` };
    },
    tagsAt: (id: string | number) => `/v1/assemblers/${id}/tags.json`,
    unfit: ['A', '', '-a', 'a b', 'a.json', 'x'.repeat(65), 1, true, null, [], {}],
  },
];

test.each(kinds)('a tag is put on $kind, shown in both directions, and taken off', async (row) => {
  const { kind, field, label, make, tagsAt } = row;
  const record = await make();
  const { id, tag } = await farm.newTag();
  const at = `/api/v1/tags/${tag}/${kind}s/`;
  const attached = { href: record.href, id: record.id };
  const first = await fetch('POST', at, { json: { [field]: record.id } });
  expect([first.status, first.body, first.headers.get('location')]).toEqual([201, attached, record.href]);
  // By id, and without the last slash: the same relation.
  const again = await fetch('POST', `/api/v1/tags/${id}/${kind}s`, { json: { [field]: record.id } });
  expect([again.status, again.body]).toEqual([200, attached]);

  const listed = await fetch('GET', at);
  expect(listed.body).toEqual([{ [label]: record.label, href: record.href, id: record.id }]);
  const tagsOf = await fetch('GET', tagsAt(record.id));
  expect(tagsOf.body).toEqual([{ id, tag, href: `/api/v1/tags/${id}` }]);
  const followed = await fetch('GET', (tagsOf.body as { href: string }[])[0]?.href ?? '');
  expect(followed.body).toMatchObject({ id, tag });

  for (const _ of ['tagged', 'not tagged any more']) {
    const off = await fetch('DELETE', `${at}${record.id}`);
    expect([off.status, off.text]).toEqual([204, '']);
  }
  expect((await fetch('GET', at)).body).toEqual([]);
  expect((await fetch('GET', tagsAt(record.id))).body).toEqual([]);
  expect((await fetch('POST', at, { json: { [field]: record.id } })).status).toBe(201);
});

test.each(kinds)(
  'POST of $kind asks first for the tag, then for the body, then for the record',
  async (row) => {
    const { kind, field, unknown, unfit } = row;
    const { tag } = await farm.newTag();
    const at = `/api/v1/tags/${tag}/${kind}s/`;
    const noTag = `/api/v1/tags/${freshName('none')}/${kind}s/`;
    const [bad] = unfit;
    expect((await fetch('POST', noTag, { json: { [field]: bad } })).status).toBe(404);
    const refused = await fetch('POST', at, { json: { [field]: bad } });
    expect([refused.status, refused.body]).toMatchObject([400, { error: expect.stringContaining(field) }]);
    const missing = await fetch('POST', at, { json: { [field]: unknown } });
    expect([missing.status, missing.body]).toMatchObject([
      404,
      { code: 'not_found', error: expect.stringContaining(String(unknown)) },
    ]);
  },
);

test.each(kinds)(
  'POST of $kind refuses what is no reference, and stores nothing',
  async ({ kind, field, unfit }) => {
    const { tag } = await farm.newTag();
    const at = `/api/v1/tags/${tag}/${kind}s/`;
    const bodies: unknown[] = unfit.map((value) => ({ [field]: value }));
    for (const json of [
      ...bodies,
      {},
      [],
      null,
      1,
      'x',
      { [field]: { $gt: '' } },
      { [field]: unfit[0], more: 1 },
    ]) {
      const { status, body } = await fetch('POST', at, { json });
      expect([json, status, body]).toMatchObject([json, 400, { code: 'invalid_argument' }]);
    }
    expect((await fetch('GET', at)).body).toEqual([]);
  },
);

test.each(kinds)(
  'a $kind that its owner deletes leaves every tag; the tags stay',
  async ({ kind, field, make, tagsAt }) => {
    const record = await make();
    const tags = [await farm.newTag(), await farm.newTag()];
    for (const { tag } of tags) {
      await fetch('POST', `/api/v1/tags/${tag}/${kind}s/`, { json: { [field]: record.id } });
    }
    expect((await fetch('GET', tagsAt(record.id))).body).toHaveLength(2);
    await fetch('DELETE', record.href);
    await eventually(async () => {
      for (const { tag } of tags) {
        expect((await fetch('GET', `/api/v1/tags/${tag}/${kind}s/`)).body).toEqual([]);
        expect((await fetch('GET', `/api/v1/tags/${tag}`)).status).toBe(200);
      }
      expect((await fetch('GET', tagsAt(record.id))).status).toBe(404);
    });
    const { status } = await fetch('POST', `/api/v1/tags/${tags[0]?.tag}/${kind}s/`, {
      json: { [field]: record.id },
    });
    expect(status).toBe(404);
  },
);

test.each(kinds)(
  'the tags of a $kind are listed by id at both spellings; of an unknown one: 404',
  async (row) => {
    const { kind, field, make, tagsAt, unknown } = row;
    const { id } = await make();
    const tags = [await farm.newTag(), await farm.newTag(), await farm.newTag()];
    for (const { tag } of tags.toReversed()) {
      await fetch('POST', `/api/v1/tags/${tag}/${kind}s/`, { json: { [field]: id } });
    }
    const short = tagsAt(id).replace(/\/$|\.json$/, '');
    const shown = tags.map((tag) => ({ id: tag.id, tag: tag.tag, href: `/api/v1/tags/${tag.id}` }));
    for (const path of [tagsAt(id), short]) expect((await fetch('GET', path)).body).toEqual(shown);
    for (const ref of [unknown, 'X'.repeat(10), '9'.repeat(30)]) {
      expect([ref, (await fetch('GET', tagsAt(ref))).status]).toEqual([ref, 404]);
    }
  },
);

test('an agent’s id is taken in any case, with or without dashes, and answered in canonical form', async () => {
  const { id } = await farm.newAgent();
  const { tag } = await farm.newTag();
  const at = `/api/v1/tags/${tag}/agents/`;
  const spellings = [id.toUpperCase(), id.replaceAll('-', ''), id.replaceAll('-', '').toUpperCase()];
  const statuses = [];
  for (const agent_id of spellings) {
    const { status, body } = await fetch('POST', at, { json: { agent_id } });
    expect(body).toEqual({ href: `/api/v1/agents/${id}`, id });
    statuses.push(status);
  }
  expect(statuses).toEqual([201, 200, 200]);
  expect((await fetch('GET', `/api/v1/agents/${spellings[2]}/tags/`)).body).toMatchObject([{ tag }]);
  expect((await fetch('DELETE', `${at}${spellings[1]}`)).status).toBe(204);
  expect((await fetch('GET', at)).body).toEqual([]);
});

test('an integer is a well-formed reference to an agent: looked up, and unknown', async () => {
  const { tag } = await farm.newTag();
  for (const agent_id of [0, 1, 2 ** 53 - 1]) {
    expect((await fetch('POST', `/api/v1/tags/${tag}/agents/`, { json: { agent_id } })).status).toBe(404);
  }
});

test('taking off what no record can be is 204; of an unknown tag 404', async () => {
  const { tag } = await farm.newTag();
  for (const path of ['agents/x', 'jobs/x', 'jobs/0', `jobs/${'9'.repeat(30)}`, 'assemblers/A']) {
    expect([path, (await fetch('DELETE', `/api/v1/tags/${tag}/${path}`)).status]).toEqual([path, 204]);
    expect((await fetch('DELETE', `/api/v1/tags/${freshName('none')}/${path}`)).status).toBe(404);
  }
});
