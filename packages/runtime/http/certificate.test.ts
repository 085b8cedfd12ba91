import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '@muster/dev/certificate';
import { afterAll, expect, test, vi } from 'vitest';
import { openLog } from '../process/log.ts';
import { openCertificate } from './certificate.ts';

const log = openLog('test', 'silent');
const folder = await mkdtemp(join(tmpdir(), 'muster-certificate-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const [one, two] = [await makeCertificate(), await makeCertificate()];
await writeFile(at('cert'), one.cert);
await writeFile(at('key'), one.key);
await writeFile(at('other_key'), two.key);
await writeFile(at('text'), 'no PEM at all');
const pair = (TLS_CERT_FILE: string, TLS_KEY_FILE: string) => ({ TLS_CERT_FILE, TLS_KEY_FILE });

test('openCertificate() needs neither setting, or both', () => {
  expect(openCertificate(pair('', ''), log)).toBeUndefined();
  for (const half of [pair(at('cert'), ''), pair('', at('key'))]) {
    expect(() => openCertificate(half, log)).toThrow('TLS_CERT_FILE and TLS_KEY_FILE must be set together');
  }
});

test.each([
  ['cert', 'none', /^TLS_KEY_FILE=\S+none cannot be read: ENOENT/],
  ['none', 'key', /^TLS_CERT_FILE=\S+none cannot be read: ENOENT/],
  ['text', 'key', /^TLS_CERT_FILE=\S+text is no certificate in PEM/],
  ['cert', 'text', /^TLS_KEY_FILE=\S+text is no private key in PEM/],
  ['cert', 'other_key', /^The key in TLS_KEY_FILE=\S+ is not the one of the certificate/],
])('openCertificate() says what is wrong with %s and %s', (cert, key, message) => {
  expect(() => openCertificate(pair(at(cert), at(key)), log)).toThrow(message);
});

test('openCertificate() hands over a renewed certificate once its halves fit, and keeps the old one until then', async () => {
  const certificate = openCertificate(pair(at('cert'), at('key')), log)!;
  const taken: string[] = [];
  certificate.onRenewed(({ cert }) => taken.push(cert));
  try {
    await writeFile(at('cert'), two.cert);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect([taken, certificate.current().cert]).toEqual([[], one.cert]);
    await writeFile(at('key'), two.key);
    await vi.waitFor(() => expect(taken).toEqual([two.cert]), 5_000);
    expect(certificate.current()).toEqual(two);
  } finally {
    await certificate.close();
  }
});
