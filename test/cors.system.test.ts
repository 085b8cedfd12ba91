import { join } from 'node:path';
import { freePort, startService } from '@muster/dev';
import { expect, inject, onTestFinished, test } from 'vitest';

const trusted = 'https://farm.example.org';

test('a service lets pages of the origins in CORS_ORIGINS read its answers, and no others', async () => {
  const { home, mongodbUrl, natsUrl } = inject('farm');
  const service = await startService('registry', {
    port: await freePort(),
    logs: join(home, 'logs'),
    label: 'registry-cors',
    env: { MONGODB_URL: mongodbUrl, NATS_URL: natsUrl, CORS_ORIGINS: `https://a.example.org,${trusted}` },
  });
  onTestFinished(() => void service.stop('SIGKILL'));
  const allowed = async (origin: string, init: RequestInit = {}) => {
    const headers = { origin, ...init.headers };
    const answer = await fetch(`${service.url}/api/v1/jobs/?limit=1`, { ...init, headers });
    return [answer.status, answer.headers.get('access-control-allow-origin')];
  };
  expect(await allowed(trusted)).toEqual([200, trusted]);
  for (const other of [
    'https://evil.example.org',
    `${trusted}.evil.org`,
    'http://farm.example.org',
    'null',
  ]) {
    expect([other, (await allowed(other))[1] || null]).toEqual([other, null]);
  }
  const asked = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
  expect(await allowed(trusted, asked)).toEqual([204, trusted]);
  expect((await allowed('https://evil.example.org', asked))[1] || null).toBeNull();
});
