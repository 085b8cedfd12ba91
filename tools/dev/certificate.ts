import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Some clients take no certificate for more than 398 days. */
const DAYS = 365;
const RENEWED_BEFORE_DAYS = 30;
const names = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
] as const;

/** Makes a self-signed certificate of this machine's loopback names and its private key, as PEM, for so many days from now. */
export async function makeCertificate(days = DAYS): Promise<{ cert: string; key: string }> {
  // Loaded here, since most farms need neither. The polyfill must come first.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive, as RFC 5280 wants it.
    serialNumber: `40${randomBytes(15).toString('hex')}`,
    name: 'CN=Muster on this machine',
    notBefore: new Date(Math.min(now, now + days * DAY_MS) - 60_000),
    notAfter: new Date(now + days * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...names]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  };
}

/** Where a farm's certificate and its private key are. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * The certificate of an embedded farm in `<home>/tls/`, for its owner only: the one that is kept there, or a new one when there is none, its
 * halves do not belong together, or it has less than 30 days left.
 */
export async function farmCertificate(home: string): Promise<CertificateFiles> {
  const folder = join(home, 'tls');
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  if (await isFit(files)) return files;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { cert, key } = await makeCertificate();
  await replace(files.keyFile, key);
  await replace(files.certFile, cert);
  return files;
}

async function isFit({ certFile, keyFile }: CertificateFiles): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(certFile));
    const left = Date.parse(certificate.validTo) - Date.now();
    const isOurs = certificate.checkPrivateKey(createPrivateKey(await readFile(keyFile)));
    return isOurs && left > RENEWED_BEFORE_DAYS * DAY_MS;
  } catch {
    return false;
  }
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  await file.writeFile(text).finally(() => file.close());
  await rename(draft, path);
}
