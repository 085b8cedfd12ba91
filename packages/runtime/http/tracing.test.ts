import { expect, test } from 'vitest';
import { traceOf } from './tracing.ts';

test('each request gets an id of its own, more of them than are made at once', () => {
  const ids = Array.from({ length: 200 }, () => traceOf({}).requestId);
  expect(new Set(ids).size).toBe(200);
  expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
});
