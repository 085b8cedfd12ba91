import { expect, test } from 'vitest';
import { farmClient } from './client.ts';

const farm = await farmClient();
const { fetch } = farm;
const lists = [
  { path: '/v1/assemblers.json', short: '/v1/assemblers', key: 'slug', make: () => farm.newAssembler() },
  {
    path: '/v1/source_paths.json',
    short: '/v1/source_paths',
    key: 'id',
    make: () => farm.newSourcePath('none'),
  },
];

test.each(lists)(
  'GET $path by pages reaches each record once, by $key: 206 until the last, then 416',
  async (list) => {
    const { path, key, make } = list;
    for (let n = 0; n < 12; n += 1) await make();
    const keys: string[] = [];
    for (let page = 1; ; page += 1) {
      const { status, body, headers } = await fetch('GET', `${path}?per_page=5&page=${page}`);
      const items = body as Record<string, string>[];
      const from = keys.length;
      keys.push(...items.map((item) => item[key] ?? ''));
      const range = /^items (\d+)-(\d+)\/(\d+)$/
        .exec(headers.get('content-range') ?? '')
        ?.slice(1)
        .map(Number);
      const [first, last, total = 0] = range ?? [];
      expect([first, last]).toEqual([from, keys.length - 1]);
      expect([page, status]).toEqual([page, keys.length < total ? 206 : 200]);
      expect(headers.get('link')?.includes('rel="next"')).toBe(status === 206);
      expect(headers.get('link')?.includes('rel="prev"')).toBe(page > 1);
      if (status === 206) continue;
      const past = await fetch('GET', `${path}?per_page=5&page=${page + 1}`);
      expect([past.status, past.body]).toMatchObject([416, { error_code: 7 }]);
      expect(past.headers.get('content-range')).toBe(`items */${total}`);
      break;
    }
    expect(keys).toEqual(keys.toSorted());
    expect(new Set(keys).size).toBe(keys.length);
  },
);

test.each(lists)('the links of GET $path lead from page to page', async ({ path, make }) => {
  for (let n = 0; n < 5; n += 1) await make();
  const linkOf = (headers: Headers, rel: string) =>
    new RegExp(`<([^>]+)>; rel="${rel}"`).exec(headers.get('link') ?? '')?.[1] ?? 'none';
  const first = await fetch('GET', `${path}?per_page=2`);
  const second = await fetch('GET', linkOf(first.headers, 'next'));
  expect(second.headers.get('content-range')).toMatch(/^items 2-3\//);
  expect((await fetch('GET', linkOf(second.headers, 'prev'))).text).toBe(first.text);
  const last = await fetch('GET', linkOf(second.headers, 'last'));
  expect(last.status).toBe(200);
  expect((await fetch('GET', linkOf(last.headers, 'first'))).text).toBe(first.text);
});

test.each(lists)('GET $path takes 10 a page by default, at both spellings', async ({ path, short, make }) => {
  for (let n = 0; n < 11; n += 1) await make();
  for (const address of [path, short]) {
    const { status, body } = await fetch('GET', address);
    expect([status, (body as object[]).length]).toEqual([206, 10]);
  }
});

test.each(lists)(
  'GET $path takes header fields for arguments; the query wins, and Vary names them',
  async (list) => {
    const { path, make } = list;
    for (let n = 0; n < 5; n += 1) await make();
    const sizes = async (headers: Record<string, string>, query = '') => {
      const answer = await fetch('GET', `${path}${query}`, { headers });
      expect(answer.headers.get('vary')).toMatch(/per-page.*page/i);
      return [
        answer.status,
        (answer.body as object[]).length,
        answer.headers.get('content-range')?.split('/')[0],
      ];
    };
    expect(await sizes({ 'Per-Page': '2' })).toEqual([206, 2, 'items 0-1']);
    expect(await sizes({ 'Per-Page': '2', Page: '2' })).toEqual([206, 2, 'items 2-3']);
    expect(await sizes({ per_page: '2', page: '2' })).toEqual([206, 2, 'items 2-3']);
    expect(await sizes({ 'Per-Page': '2', Page: '2' }, '?per_page=3')).toEqual([206, 3, 'items 3-5']);
    const refused = await fetch('GET', path, { headers: { 'Per-Page': '51' } });
    expect([refused.status, refused.body]).toMatchObject([422, { error_code: 1 }]);
  },
);

const unfit = ['0', '-1', 'x', '1.5', '1e1', '', '%20', '+1', '9'.repeat(30)];

test.each(lists)(
  'GET $path refuses unfit arguments with 422.1 that names them, never clamping',
  async ({ path }) => {
    const queries = [
      ...unfit.map((value) => ['per_page', value]),
      ['per_page', '51'],
      ...unfit.map((value) => ['page', value]),
      ['perpage', '5'],
    ];
    for (const [name = '', value] of queries) {
      const { status, body } = await fetch('GET', `${path}?${name}=${value}`);
      expect([name, value, status, body]).toMatchObject([
        name,
        value,
        422,
        { error_code: 1, message: expect.stringContaining(name) },
      ]);
    }
    const twice = await fetch('GET', `${path}?page=1&page=2`);
    expect([twice.status, twice.body]).toMatchObject([400, { message: expect.stringContaining('page') }]);
  },
);
