import type { Part } from '@muster/runtime';
import { expect, test } from 'vitest';
import { jobId } from '../job.ts';
import { cursorAnswer } from './cursor_list.ts';

const last = {
  id: 'event',
  type: 'farm.job.created.v1',
  at: new Date(0),
  by: null,
  traceparent: null,
  delta: [],
} as const;

async function* stream({ after = 0, limit = 5 }: Part<number>) {
  for (let id = after + 1; id <= 5 && id <= after + limit; id += 1) {
    yield { _id: id, live: true, v: 1, born: 1, last, state: { id } };
  }
}
const ask = (query: Record<string, string | number>) =>
  cursorAnswer({ query, path: '/api/v1/jobs/' }, { idOf: jobId, stream });

test('cursorAnswer() streams the whole list', async () => {
  const { status, pieces } = await ask({});
  expect(status).toBe(200);
  let text = '';
  for await (const piece of pieces ?? []) text += piece;
  expect(JSON.parse(text)).toHaveLength(5);
});

test('cursorAnswer() gives pages that lead to each other, and no link after the last', async () => {
  const first = await ask({ limit: 3 });
  expect(first.body).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(first.headers).toEqual({ Link: '</api/v1/jobs/?limit=3&after=3>; rel="next"' });
  const second = await ask({ limit: 2, after: '3' });
  expect(second.body).toEqual([{ id: 4 }, { id: 5 }]);
  expect(second.headers).toEqual({});
});

test('cursorAnswer() refuses what is no id', async () => {
  await expect(ask({ after: 'x' })).rejects.toMatchObject({ code: 'invalid_argument', key: 'field.after' });
});
