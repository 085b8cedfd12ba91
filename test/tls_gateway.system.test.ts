import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type Farm, freePort, startFarm, startService } from '@muster/dev';
import { makeCertificate } from '@muster/dev/certificate';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freshName } from './client.ts';
import { eventually } from './eventually.ts';

const { mongodbUrl, natsUrl } = inject('farm');
let farm: Farm;
let ca: string;
beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'muster-tls-'));
  farm = await startFarm({ home, port: 0, tls: true, servers: { mongodbUrl, natsUrl } });
  ca = await readFile(farm.certFile ?? '', 'utf8');
});
afterAll(async () => {
  await farm?.stop();
  if (farm) await rm(farm.home, { recursive: true, force: true });
});

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Asks over TLS or plain HTTP, as the address says, and trusts the farm's certificate alone. */
function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  const declared = body === undefined ? {} : { 'content-type': 'application/json' };
  const options = { method, ca, agent: false, headers: { ...declared, ...headers } };
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number | undefined;
    headers: NodeJS.Dict<string | string[]>;
    body: unknown;
  }>();
  const send = url.startsWith('https:') ? requestTls : requestPlain;
  const sending = send(url, options, (response) => {
    const { statusCode: status, headers } = response;
    json(response).then((answer) => resolve({ status, headers, body: answer }), reject);
  });
  sending.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

const newAssembler = (): Asked => {
  const slug = freshName('asm');
  const authorization = `Bearer ${farm.token}`;
  return { method: 'POST', headers: { authorization }, body: { slug, name: slug } };
};
const forged = { 'x-forwarded-proto': 'https', forwarded: 'proto=https', 'x-forwarded-ssl': 'on' };
const refused = { status: 422, body: { error_code: 3 } };

test('startFarm({ tls: true }) serves HTTPS, and a write with a token works through it', async () => {
  expect(farm.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask(`${farm.url}/readyz`)).toMatchObject({
    status: 200,
    body: { status: 'ready', tags: 'ok', assemblers: 'ok', registry: 'ok' },
    headers: { 'strict-transport-security': 'max-age=31536000' },
  });
  const asked = newAssembler();
  const made = await ask(`${farm.url}/v1/assemblers.json`, asked);
  expect(made).toMatchObject({ status: 200, body: asked.body });
  expect(made.headers['strict-transport-security']).toBe('max-age=31536000');
  for (const file of ['cert.pem', 'key.pem']) {
    expect((await stat(join(farm.home, 'tls', file))).mode & 0o777).toBe(0o600);
  }
});

test('plain HTTP to a service of such a farm is 422.3, and at its gateway cut', async () => {
  const service = farm.processes.assemblers?.url ?? '';
  expect(await ask(`${service}/v1/assemblers.json`, newAssembler())).toMatchObject(refused);
  const plain = ask(`${farm.url.replace('https:', 'http:')}/livez`);
  await expect(plain).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a forged X-Forwarded-Proto is refused from a peer that a service does not trust, and overwritten by a gateway', async () => {
  const env = { MONGODB_URL: mongodbUrl, NATS_URL: natsUrl, TOKENS_FILE: join(farm.home, 'tokens.json') };
  const logs = join(farm.home, 'logs');
  const start = async (name: string, settings: NodeJS.ProcessEnv) => {
    const port = await freePort();
    return startService(name, { port, logs, label: `${name}-${port}`, env: { ...env, ...settings } });
  };
  const urlOf = (name: string) => farm.processes[name]?.url ?? '';
  const urls = {
    TAGS_URL: urlOf('tags'),
    ASSEMBLERS_URL: urlOf('assemblers'),
    REGISTRY_URL: urlOf('registry'),
  };
  const started = await Promise.all([
    start('assemblers', { REQUIRE_TLS: 'true', TRUSTED_PROXIES: '10.0.0.0/8' }),
    start('gateway', urls),
  ]);
  try {
    for (const { url } of started) {
      const asked = newAssembler();
      const answer = await ask(`${url}/v1/assemblers.json`, {
        ...asked,
        headers: { ...asked.headers, ...forged },
      });
      expect(answer).toMatchObject(refused);
      expect(answer.headers).not.toHaveProperty('strict-transport-security');
    }
  } finally {
    for (const handle of started) await handle.stop();
  }
});

test('what a client says of itself does not make its TLS plain', async () => {
  const asked = newAssembler();
  const headers = { ...asked.headers, 'x-forwarded-proto': 'http' };
  expect((await ask(`${farm.url}/v1/assemblers.json`, { ...asked, headers })).status).toBe(200);
});

test('a certificate that takes the place of the old one is shown within seconds, by the same process', async () => {
  const pid = farm.processes.gateway?.pid;
  const renewed = await makeCertificate();
  expect(new X509Certificate(renewed.cert).fingerprint256).not.toBe(new X509Certificate(ca).fingerprint256);
  await writeFile(join(farm.home, 'tls', 'key.pem'), renewed.key);
  await writeFile(join(farm.home, 'tls', 'cert.pem'), renewed.cert);
  const before = ca;
  ca = renewed.cert;
  await eventually(async () => expect((await ask(`${farm.url}/livez`)).status).toBe(200), 10_000);
  ca = before;
  await expect(ask(`${farm.url}/livez`)).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED/),
  });
  expect(farm.processes.gateway?.pid).toBe(pid);
});
