import { readTexts } from '@muster/contracts';

/** Settings that every process of the farm takes. */
export const commonSettings = {
  HOST: { type: 'string', default: '127.0.0.1' },
  PORT: { type: 'integer', minimum: 0, maximum: 65535, default: 0 },
  LOG_LEVEL: {
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
  },
  DRAIN_WAIT_MS: { type: 'integer', minimum: 0, default: 200 },
  REQUIRE_TLS: { type: 'boolean', default: false },
  TRUSTED_PROXIES: { type: 'string', default: '' },
} as const;

/** Settings that every service with records of its own takes besides. */
export const serviceSettings = {
  ...commonSettings,
  MONGODB_URL: { type: 'string', minLength: 1 },
  NATS_URL: { type: 'string', minLength: 1 },
  STREAM_REPLICAS: { type: 'integer', minimum: 1, maximum: 5, default: 1 },
  TOKENS_FILE: { type: 'string', default: '' },
  FAILED_TOKENS_PER_MINUTE: { type: 'integer', minimum: 0, default: 20 },
  JWT_ISSUER: { type: 'string', default: '' },
  JWT_AUDIENCE: { type: 'string', default: '' },
  JWT_JWKS_URL: { type: 'string', default: '' },
  CORS_ORIGINS: { type: 'string', default: '' },
} as const;

/** A setting: its JSON type, with a default where it may be left out. */
type Setting = {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly default?: unknown;
  readonly [word: string]: unknown;
};

/** The values of settings, by name. */
export type Config<S extends Readonly<Record<string, Setting>>> = {
  readonly [K in keyof S]: S[K]['type'] extends 'integer'
    ? number
    : S[K]['type'] extends 'boolean'
      ? boolean
      : string;
};

/**
 * Reads settings from the environment, checked and typed; those without a default must be there.
 *
 * @throws {Error} naming every setting that is missing or wrong at once.
 */
export function readConfig<const S extends Readonly<Record<string, Setting>>>(
  settings: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config<S> {
  const names = Object.keys(settings);
  const schema = {
    type: 'object',
    properties: settings,
    required: names.filter((name) => settings[name]?.default === undefined),
  };
  const given = names.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]);
  const read = readTexts<Config<S>>(schema, Object.fromEntries(given));
  if ('values' in read) return read.values;
  const lines = read.problems.map((problem) => `  ${problem}`);
  throw new Error(
    `Cannot start: settings in the environment are missing or wrong.\n${lines.join('\n')}\nSee the settings table in README.md.`,
  );
}
