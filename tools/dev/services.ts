import type { CertificateFiles } from './certificate.ts';
import { FarmError } from './farm_error.ts';
import { loopback } from './ports.ts';

/** The services behind the gateway, in the order in which they are named to people. */
export const backServices = ['tags', 'assemblers', 'registry'] as const;
/** The name of a service behind the gateway. */
export type BackService = (typeof backServices)[number];
/** The name of any service of the farm. */
export type ServiceName = BackService | 'gateway';

/**
 * The services to start for the names given at the command line: all of them for none. The gateway, which is always started,
 * may be named too.
 *
 * @throws {FarmError} on an unknown name, with the known ones
 */
export function chosenServices(names: readonly string[]): BackService[] {
  const known: readonly string[] = [...backServices, 'gateway'];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new FarmError(`Unknown service ${unknown.join(', ')}. Known are: ${known.join(', ')}.`);
  }
  if (names.length === 0) return [...backServices];
  return backServices.filter((name) => names.includes(name));
}

/** What every service of one farm shares. */
export interface FarmAddresses {
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  readonly tokensFile: string;
  /** Where each service behind the gateway answers: one address, or several parted by commas. */
  readonly urls: Readonly<Record<BackService, string>>;
  /** What the gateway serves HTTPS with; the services then take nothing that did not come so. */
  readonly tls?: CertificateFiles | undefined;
}

/** The settings of one service as environment variables; what `env` already sets of them is kept. */
export function serviceEnv(
  name: ServiceName,
  farm: FarmAddresses,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  if (name === 'gateway') {
    return {
      ...env,
      TAGS_URL: env.TAGS_URL || farm.urls.tags,
      ASSEMBLERS_URL: env.ASSEMBLERS_URL || farm.urls.assemblers,
      REGISTRY_URL: env.REGISTRY_URL || farm.urls.registry,
      ...(farm.tls && { TLS_CERT_FILE: farm.tls.certFile, TLS_KEY_FILE: farm.tls.keyFile }),
    };
  }
  return {
    ...env,
    MONGODB_URL: farm.mongodbUrl,
    NATS_URL: farm.natsUrl,
    TOKENS_FILE: env.TOKENS_FILE || farm.tokensFile,
    // The embedded farm listens on loopback only, and the tags document knows no authentication.
    TAGS_OPEN_WRITES: env.TAGS_OPEN_WRITES ?? 'true',
    // The gateway calls from there, and says who its client is and whether it came by TLS.
    TRUSTED_PROXIES: env.TRUSTED_PROXIES ? `${env.TRUSTED_PROXIES},${loopback}` : loopback,
    ...(farm.tls && { REQUIRE_TLS: env.REQUIRE_TLS ?? 'true' }),
  };
}

/** This process's environment as a service should see it: without the launcher's secret and what npm and vitest put there. */
export function cleanEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = /^(npm_|VITEST|MUSTER_DEV_TOKEN$|INIT_CWD$)/;
  return Object.fromEntries(
    Object.entries(env).filter(
      ([key, value]) => !ours.test(key) && !(key === 'NODE_ENV' && value === 'test'),
    ),
  );
}
