import { afterAll, expect, test } from 'vitest';
import { startToyService } from './edge_fixture.ts';

const known = { asOf: 0 };
const toy = await startToyService({ freshness: { asOf: () => known.asOf, boundMs: 2000 } });
afterAll(() => toy.close());

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${toy.url}${path}`, { ...init, headers });
const lagOf = (answer: Response) => Number(answer.headers.get('farm-refs-lag-ms') ?? 'none');
const fresh = { prefer: 'refs=fresh' };

test.each(['/api/v1/things/', '/api/v1/things/1'])(
  '%s tells how old the read model was as the request began',
  async (path) => {
    known.asOf = Date.now() - 700;
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(lagOf(answer)).toBeGreaterThanOrEqual(700);
    expect(lagOf(answer)).toBeLessThan(1_700);
    expect(answer.headers.get('vary')).toContain('Prefer');
    expect(answer.headers.has('preference-applied')).toBe(false);
  },
);

test('the lag is a finite number before anything is known, and none is below 0', async () => {
  known.asOf = 0;
  expect(lagOf(await ask('/api/v1/things/1'))).toBeGreaterThan(Date.UTC(2026));
  known.asOf = Date.now() + 60_000;
  expect(lagOf(await ask('/api/v1/things/1'))).toBe(0);
});

test('304 and the refusals of a handler tell the lag, too', async () => {
  known.asOf = Date.now();
  const same = await ask('/api/v1/things/1', { 'if-none-match': '"7"' });
  expect([same.status, lagOf(same) >= 0]).toEqual([304, true]);
  const away = await ask('/api/v1/things/away');
  expect([away.status, lagOf(away) >= 0]).toEqual([503, true]);
  expect(away.headers.get('vary')).toMatch(/Prefer.*Accept-Language/);
});

test('an operation that rests on no read model says nothing of it, and ignores the preference', async () => {
  known.asOf = 0;
  const answer = await ask('/v1/forms.json', fresh);
  expect(answer.status).toBe(200);
  expect(answer.headers.has('farm-refs-lag-ms')).toBe(false);
});

test('Prefer: refs=fresh is honoured within the bound, and said to be', async () => {
  known.asOf = Date.now() - 100;
  const answer = await ask('/api/v1/things/1', { prefer: 'wait=3, refs="fresh"' });
  expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'refs=fresh']);
});

test('Prefer: refs=fresh over the bound is 503 with Retry-After in the language asked for', async () => {
  known.asOf = Date.now() - 2_500;
  const answer = await ask('/api/v1/things/1', { ...fresh, 'accept-language': 'ru' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(lagOf(answer)).toBeGreaterThanOrEqual(2_500);
  expect(answer.headers.has('preference-applied')).toBe(false);
  const { code, error } = (await answer.json()) as { code: string; error: string };
  expect([code, error]).toEqual(['unavailable', expect.stringContaining('старше 2000 мс')]);
  expect((await ask('/api/v1/things/1', { prefer: 'refs=any' })).status).toBe(200);
});

test('what is refused for its age never reaches the handler', async () => {
  known.asOf = 0;
  const began = performance.now();
  // The handler of this one never answers.
  expect((await ask('/api/v1/things/slow', fresh)).status).toBe(503);
  expect(performance.now() - began).toBeLessThan(2_000);
});
