import { expect, test } from 'vitest';
import { pageAnswer, pageAsked } from './page.ts';

const request = { path: '/v1/assemblers.json' };
const answer = (query: Record<string, number>, total: number) => {
  const asked = pageAsked({ query });
  const length = Math.max(0, Math.min(asked.perPage, total - asked.skip));
  return pageAnswer(request, asked, { items: Array.from({ length }, (_, at) => asked.skip + at), total });
};

test('pageAsked() is the first ten where nothing is said', () => {
  expect(pageAsked({ query: {} })).toEqual({ page: 1, perPage: 10, skip: 0 });
  expect(pageAsked({ query: { page: 3, per_page: 50 } })).toEqual({ page: 3, perPage: 50, skip: 100 });
});

test('pageAnswer() is 206 while more follow, with the pages around', () => {
  const { status, headers } = answer({ page: 2, per_page: 5 }, 12);
  expect(status).toBe(206);
  expect(headers?.['Content-Range']).toBe('items 5-9/12');
  const link = (page: number, rel: string) => `</v1/assemblers.json?page=${page}&per_page=5>; rel="${rel}"`;
  expect(headers?.Link).toBe(
    [link(1, 'first'), link(1, 'prev'), link(3, 'next'), link(3, 'last')].join(', '),
  );
});

test.each([
  [12, 3, 'items 10-11/12'],
  [10, 2, 'items 5-9/10'],
])('pageAnswer() is 200 on the last page of %i', (total, page, range) => {
  const { status, headers } = answer({ page, per_page: 5 }, total);
  expect(status).toBe(200);
  expect(headers?.['Content-Range']).toBe(range);
  expect(headers?.Link).not.toContain('next');
});

test('pageAnswer() is 200 on the first page of an empty list, and refuses a page past the end', () => {
  const { status, body, headers } = answer({}, 0);
  expect([status, body, headers?.['Content-Range']]).toEqual([200, [], 'items */0']);
  for (const [page, total] of [
    [2, 0],
    [2, 10],
    [1_000_000_000, 11],
  ] as const) {
    expect(() => answer({ page }, total)).toThrow(
      expect.objectContaining({
        code: 'page_out_of_range',
        headers: { 'Content-Range': `items */${total}` },
        params: { page, pages: Math.max(1, Math.ceil(total / 10)) },
      }),
    );
  }
});
