import { expect, test } from 'vitest';
import type { Answer } from '../http_exchange.ts';
import { meter } from './meter.ts';

const asked = { method: 'GET', path: '/', headers: {} };
const answer = (status: number): Answer => ({ status, headers: new Headers(), text: '', body: undefined });

test('meter() counts answers by class, and requests that got none', async () => {
  const statuses = [200, 404, 204, 0];
  const { send, answered } = meter(async () => {
    const status = statuses.shift() ?? 0;
    if (status === 0) throw new Error('cut');
    return answer(status);
  });
  for (let n = 0; n < 3; n += 1) await send('http://a', asked);
  await expect(send('http://a', asked)).rejects.toThrow('cut');
  expect(answered()).toMatchObject({ requests: 4, classes: { '2xx': 2, '4xx': 1, none: 1 } });
});
