import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@muster/contracts';
import { expect, test } from 'vitest';
import { oneFlight } from './one_flight.ts';

/** Work that the test ends, and how often it was begun. */
function controlled(times = { patienceMs: 30, keptMs: 60 }) {
  const begun: PromiseWithResolvers<string>[] = [];
  const ask = oneFlight(() => {
    const work = Promise.withResolvers<string>();
    begun.push(work);
    return work.promise;
  }, times);
  return { begun, ask };
}

test('oneFlight() lets all who ask meanwhile share one run, and begins anew afterwards', async () => {
  const { begun, ask } = controlled();
  const asked = [ask(), ask(), ask()];
  expect(begun).toHaveLength(1);
  begun[0]?.resolve('first');
  expect(await Promise.all(asked)).toEqual(['first', 'first', 'first']);
  const again = ask();
  begun[1]?.resolve('second');
  expect(await again).toBe('second');
});

test('oneFlight() tells whoever has waited too long to ask again, and gives the outcome then', async () => {
  const { begun, ask } = controlled();
  const refusal = await ask().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({ key: 'still_comparing', headers: { 'Retry-After': '1' } });
  begun[0]?.resolve('late');
  await sleep(10);
  expect(await ask()).toBe('late');
  expect(begun).toHaveLength(1);
});

test('oneFlight() forgets an outcome that nobody came for', async () => {
  const { begun, ask } = controlled();
  await ask().catch(() => {});
  begun[0]?.resolve('old');
  await sleep(100);
  const asked = ask();
  begun[1]?.resolve('new');
  expect(await asked).toBe('new');
});

test('oneFlight() passes a failure on, and tries again when it is asked again', async () => {
  const { begun, ask } = controlled();
  const asked = ask();
  begun[0]?.reject(new Error('broken'));
  await expect(asked).rejects.toThrow('broken');
  const again = ask();
  begun[1]?.resolve('well');
  expect(await again).toBe('well');
});
