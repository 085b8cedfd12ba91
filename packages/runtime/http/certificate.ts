import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from '../process/log.ts';

/** A certificate, with those that vouch for it behind it, and its private key, both as PEM. */
export type Certificate = { readonly cert: string; readonly key: string };

/** A certificate in files that may be renewed while it is in use. */
export type OpenCertificate = {
  readonly current: () => Certificate;
  /** Has every further certificate handed over, within a second of its being whole in the files. */
  readonly onRenewed: (take: (certificate: Certificate) => void) => void;
  readonly close: () => Promise<void>;
};

/** How often the files are looked at, in ms. */
const LOOK_MS = 500;

/**
 * Opens the certificate that `TLS_CERT_FILE` and `TLS_KEY_FILE` name; undefined when neither is set. A renewed one that cannot be read, or
 * whose halves do not belong together (yet), is passed over, and the log says so.
 *
 * @throws {Error} when only one of the two is set, a file cannot be read, or the key is not the certificate's.
 */
export function openCertificate(
  settings: { readonly TLS_CERT_FILE: string; readonly TLS_KEY_FILE: string },
  log: Logger,
): OpenCertificate | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = settings;
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') {
    throw new Error('Cannot start: TLS_CERT_FILE and TLS_KEY_FILE must be set together, or neither.');
  }
  let current = readCertificate(certFile, keyFile);
  log.info({ certFile, validTo: validTo(current) }, 'certificate');
  const takers: ((certificate: Certificate) => void)[] = [];
  const look = (): void => {
    try {
      const renewed = readCertificate(certFile, keyFile);
      if (renewed.cert === current.cert && renewed.key === current.key) return;
      for (const take of takers) take(renewed);
      current = renewed;
      log.info({ certFile, validTo: validTo(current) }, 'certificate renewed');
    } catch (error) {
      log.error({ err: error, certFile, keyFile }, 'certificate not renewed: the old one stays in use');
    }
  };
  for (const file of [certFile, keyFile]) watchFile(file, { interval: LOOK_MS, persistent: false }, look);
  return {
    current: () => current,
    onRenewed: (take) => void takers.push(take),
    close: async () => {
      for (const file of [certFile, keyFile]) unwatchFile(file, look);
    },
  };
}

const validTo = ({ cert }: Certificate): string => new X509Certificate(cert).validTo;

function readCertificate(certFile: string, keyFile: string): Certificate {
  const cert = attempt(`TLS_CERT_FILE=${certFile} cannot be read`, () => readFileSync(certFile, 'utf8'));
  const key = attempt(`TLS_KEY_FILE=${keyFile} cannot be read`, () => readFileSync(keyFile, 'utf8'));
  const x509 = attempt(`TLS_CERT_FILE=${certFile} is no certificate in PEM`, () => new X509Certificate(cert));
  const secret = attempt(`TLS_KEY_FILE=${keyFile} is no private key in PEM without a passphrase`, () =>
    createPrivateKey(key),
  );
  if (x509.checkPrivateKey(secret)) return { cert, key };
  throw new Error(
    `The key in TLS_KEY_FILE=${keyFile} is not the one of the certificate in TLS_CERT_FILE=${certFile}.`,
  );
}

function attempt<T>(complaint: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${complaint}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
