import { allOperations, openApiDocument } from '@muster/contracts';
import { expect, inject, test } from 'vitest';
import { farmClient } from './client.ts';

const { services } = inject('farm');
const { document } = await farmClient();
/** Each process by itself, held to its own description. */
const places = await Promise.all(
  Object.entries(services).map(async ([name, origin]) => {
    const { fetch } = await farmClient({ url: origin, token: null });
    return { name, fetch };
  }),
);

test.each(places)('$name is alive and ready, and counts its requests', async ({ fetch }) => {
  expect((await fetch('GET', '/livez')).body).toEqual({ status: 'alive' });
  expect((await fetch('GET', '/readyz')).body).toMatchObject({ status: 'ready' });
  const metrics = await fetch('GET', '/metrics');
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(metrics.text).toMatch(/^# TYPE \S*request\S* histogram$/m);
});

test.each(places)('$name describes what it serves, for people without a token', async ({ name, fetch }) => {
  const { paths } = (await fetch('GET', '/openapi.json')).body as { paths: Record<string, object> };
  const served = allOperations.filter(({ service }) => name === 'gateway' || service === name);
  expect(Object.keys(paths).toSorted()).toEqual([...new Set(served.map(({ path }) => path))].toSorted());
  expect((await fetch('GET', '/asyncapi.json')).body).toMatchObject({
    asyncapi: expect.stringMatching(/^3\./),
  });
});

test('the gateway serves the description of every operation as the contracts have it', () => {
  const expected = openApiDocument(allOperations, document.info);
  expect(document).toEqual(JSON.parse(JSON.stringify({ ...expected, info: document.info })));
});

test.each(places)('$name answers HEAD there, and nothing that changes anything', async ({ fetch }) => {
  for (const path of ['/livez', '/readyz', '/openapi.json']) {
    expect((await fetch('HEAD', path)).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect([path, method, (await fetch(method, path)).status]).toEqual([
        path,
        method,
        expect.toSatisfy((s) => s === 404 || s === 405),
      ]);
    }
  }
});

test.each(places)('$name answers 404 at no address, in either manner', async ({ fetch }) => {
  for (const path of [
    '/',
    '/api',
    '/api/v1/',
    '/api/v2/tags/',
    '/v1',
    '/v1/',
    '/favicon.ico',
    '//',
    '/constructor',
    '/__proto__',
  ]) {
    expect([path, (await fetch('GET', path)).status]).toEqual([path, 404]);
  }
});

test.each(places)(
  '$name carries request id and trace through, and makes its own for unfit ones',
  async ({ fetch }) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    for (const path of ['/api/v1/tags/schema', '/v1/assemblers.json', '/livez', '/nothing']) {
      const kept = await fetch('GET', path, { headers: { 'x-request-id': 'Job_7.a-1', traceparent } });
      expect([kept.headers.get('x-request-id'), kept.headers.get('traceparent')]).toEqual([
        'Job_7.a-1',
        traceparent,
      ]);
      for (const unfit of ['a b', 'x'.repeat(65), '"', 'é', '']) {
        const made = await fetch('GET', path, { headers: { 'x-request-id': unfit, traceparent: unfit } });
        expect(made.headers.get('x-request-id')).not.toBe(unfit);
        expect(made.headers.get('traceparent')).not.toBe(unfit);
      }
    }
  },
);

test.each(places)(
  '$name gives security headers, and no CORS while no origin is configured',
  async ({ fetch }) => {
    for (const path of ['/api/v1/tags/schema', '/nothing']) {
      const { headers } = await fetch('GET', path, { headers: { origin: 'https://evil.example.org' } });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
    }
  },
);

const fieldsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, '1']));

test.each(places)(
  '$name answers 431 to far more fields than 64, and to more than 8 KiB of them',
  async (place) => {
    for (const headers of [fieldsOf(80), { 'x-long': 'x'.repeat(9_000) }]) {
      expect((await place.fetch('GET', '/livez', { headers })).status).toBe(431);
    }
  },
);

test('the gateway takes 64 fields, which then reach the service; one more is 431', async () => {
  // `Host` and `Connection` are two of them.
  const { fetch } = await farmClient();
  expect((await fetch('GET', '/api/v1/tags/schema', { headers: fieldsOf(62) })).status).toBe(200);
  expect((await fetch('GET', '/api/v1/tags/schema', { headers: fieldsOf(63) })).status).toBe(431);
});
