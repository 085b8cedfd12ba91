import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { makeCertificate } from '@muster/dev/certificate';
import { openCertificate } from '@muster/runtime/http';
import { openLog } from '@muster/runtime/process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ask, startCounterpart, startGateway } from './gateway_fixture.ts';

const first = await makeCertificate();

/** A gateway with a certificate in files, before a service that tells the header it saw. */
async function startTlsGateway() {
  const folder = await mkdtemp(join(tmpdir(), 'muster-gateway-'));
  const renew = async (pair: { cert: string; key: string }) => {
    for (const name of ['key', 'cert'] as const) {
      await writeFile(join(folder, 'draft'), pair[name]);
      await rename(join(folder, 'draft'), join(folder, name));
    }
  };
  await renew(first);
  const settings = { TLS_CERT_FILE: join(folder, 'cert'), TLS_KEY_FILE: join(folder, 'key') };
  const certificate = openCertificate(settings, openLog('gateway', 'silent'))!;
  onTestFinished(async () => {
    await certificate.close();
    await rm(folder, { recursive: true });
  });
  const service = await startCounterpart((seen, response) => {
    response.writeHead(200, { 'Strict-Transport-Security': 'max-age=1' });
    response.end(JSON.stringify(seen.headers));
  });
  const { url, server } = await startGateway({ tags: service.url }, { certificate });
  return { port: Number(new URL(url).port), url, server, renew };
}

/** Asks over TLS, trusting `ca` alone. */
async function askTls(port: number, path: string, { ca = first.cert, headers = {} } = {}) {
  const sending = request({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path,
    ca,
    headers,
    agent: false,
  });
  sending.end();
  const [response] = await once(sending, 'response');
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) };
}

/** The fingerprint of the certificate that a new connection is shown. */
async function shown(port: number, options: ConnectionOptions = {}): Promise<string> {
  const socket: TLSSocket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test('a gateway with a certificate answers over TLS, and tells its services so whatever the client claims', async () => {
  const { port } = await startTlsGateway();
  expect(await askTls(port, '/livez')).toMatchObject({ status: 200, body: { status: 'alive' } });
  for (const claim of ['http', 'ftp', 'https, http']) {
    const { body } = await askTls(port, '/api/v1/tags/', { headers: { 'x-forwarded-proto': claim } });
    expect(body).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' });
  }
});

test('Strict-Transport-Security is sent over TLS only, once, and never for localhost', async () => {
  const { port } = await startTlsGateway();
  const told = async (host: string, path: string) =>
    (await askTls(port, path, { headers: { host } })).headers['strict-transport-security'];
  expect(await told('farm.example', '/livez')).toBe('max-age=31536000');
  expect(await told('farm.example', '/api/v1/none')).toBe('max-age=31536000');
  expect(await told('farm.example', '/api/v1/tags/')).toMatch(/^max-age=\d+$/);
  expect(await told(`localhost:${port}`, '/livez')).toBeUndefined();
  const plain = await startGateway({ tags: 'http://127.0.0.1:9' });
  expect((await ask(`${plain.url}/livez`)).headers).not.toHaveProperty('strict-transport-security');
});

test('plain HTTP to a gateway with a certificate is cut at once, and hinders nobody', async () => {
  const { port, url } = await startTlsGateway();
  for (let n = 0; n < 20; n += 1) {
    await expect(ask(`${url}/livez`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  }
  for (const garbage of ['\0\0\0\0', '\x16\x03\x01\xff\xff', 'CONNECT x:1 HTTP/1.1\r\n\r\n']) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write(garbage);
    socket.end();
    await once(socket.resume(), 'close');
  }
  expect((await askTls(port, '/livez')).status).toBe(200);
});

test('a gateway speaks TLS 1.2 and 1.3, and nothing older', async () => {
  const { port } = await startTlsGateway();
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const chosen = { minVersion: version, maxVersion: version };
    expect(await shown(port, chosen)).toBe(new X509Certificate(first.cert).fingerprint256);
  }
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  await expect(shown(port, old)).rejects.toMatchObject({ code: expect.stringMatching(/PROTOCOL_VERSION/) });
});

test('a gateway keeps its limits over TLS', async () => {
  const { port, server } = await startTlsGateway();
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`x-${n}`, '1']));
  const overflown = askTls(port, '/livez', { headers: { 'x-large': 'a'.repeat(9_000) } });
  expect(await overflown).toMatchObject({ status: 431, body: { code: 'headers_too_large' } });
  expect((await askTls(port, '/livez', { headers: many })).status).toBe(431);
  expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 15_000, maxConnections: 4096 });
  expect(server.listenerCount('clientError')).toBe(1);
});

test('a renewed certificate is shown to the next connection, while the running ones go on', async () => {
  const { port, renew } = await startTlsGateway();
  const running = connectTls({ host: '127.0.0.1', port, ca: first.cert });
  await once(running, 'secureConnect');
  const second = await makeCertificate();
  await renew(second);
  const fingerprint = new X509Certificate(second.cert).fingerprint256;
  await vi.waitFor(async () => expect(await shown(port)).toBe(fingerprint), 5_000);
  expect((await askTls(port, '/livez', { ca: second.cert })).status).toBe(200);
  await expect(askTls(port, '/livez')).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED/) });
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  await expect(shown(port, old)).rejects.toMatchObject({ code: expect.stringMatching(/PROTOCOL_VERSION/) });
  running.write('GET /livez HTTP/1.1\r\nHost: farm.example\r\nConnection: close\r\n\r\n');
  expect(await text(running)).toMatch(/^HTTP\/1\.1 200 /);
});

test('a client that never shakes hands is cut after 10 s', async () => {
  const { port } = await startTlsGateway();
  const began = performance.now();
  const socket = connect(port, '127.0.0.1');
  await once(socket.resume(), 'close');
  const seconds = (performance.now() - began) / 1_000;
  expect([seconds > 9, seconds < 14]).toEqual([true, true]);
}, 20_000);
