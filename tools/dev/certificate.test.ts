import { X509Certificate } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { farmCertificate, makeCertificate } from './certificate.ts';
import { temporaryFolder } from './fake_service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

test('makeCertificate() makes one for the loopback names, signed by its own key, for a year', async () => {
  const { cert } = await makeCertificate();
  const certificate = new X509Certificate(cert);
  expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect([certificate.ca, certificate.checkIP('::1')]).toEqual([false, '::1']);
  const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS;
  expect([days > 364, days < 398]).toEqual([true, true]);
});

test('farmCertificate() makes one for its owner only, and keeps it', async () => {
  await using folder = await temporaryFolder();
  const files = await farmCertificate(folder.path);
  for (const file of Object.values(files)) expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder.path, 'tls'))).mode & 0o777).toBe(0o700);
  const made = await readFile(files.certFile, 'utf8');
  expect(await farmCertificate(folder.path)).toEqual(files);
  expect(await readFile(files.certFile, 'utf8')).toBe(made);
  expect((await readdir(join(folder.path, 'tls'))).toSorted()).toEqual(['cert.pem', 'key.pem']);
});

test('farmCertificate() makes a new one near the end of the old one, and for halves that do not fit', async () => {
  await using folder = await temporaryFolder();
  const files = await farmCertificate(folder.path);
  const fresh = await makeCertificate();
  const [near, far] = [await makeCertificate(29), await makeCertificate(31)];
  for (const [{ cert, key }, kept] of [
    [far, true],
    [near, false],
    [await makeCertificate(-1), false],
    [{ cert: far.cert, key: fresh.key }, false],
    [{ cert: 'none', key: fresh.key }, false],
  ] as const) {
    await writeFile(files.certFile, cert);
    await writeFile(files.keyFile, key);
    await farmCertificate(folder.path);
    expect((await readFile(files.certFile, 'utf8')) === cert).toBe(kept);
    const now = new X509Certificate(await readFile(files.certFile));
    expect(Date.parse(now.validTo) - Date.now()).toBeGreaterThan(30 * DAY_MS);
  }
});
