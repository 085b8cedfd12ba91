import { expect, test } from 'vitest';
import { chosenServices, cleanEnv, serviceEnv } from './services.ts';

const farm = {
  mongodbUrl: 'mongodb://m',
  natsUrl: 'nats://n',
  tokensFile: '/h/tokens.json',
  urls: { tags: 'http://t', assemblers: 'http://a', registry: 'http://r' },
};

test('chosenServices() takes all for none, any order, the gateway too, and refuses unknown names', () => {
  expect(chosenServices([])).toEqual(['tags', 'assemblers', 'registry']);
  expect(chosenServices(['assemblers', 'gateway', 'tags'])).toEqual(['tags', 'assemblers']);
  expect(() => chosenServices(['tag'])).toThrow(
    'Unknown service tag. Known are: tags, assemblers, registry, gateway.',
  );
});

test('serviceEnv() opens writes of the embedded farm unless told otherwise', () => {
  expect(serviceEnv('tags', farm, {})).toEqual({
    MONGODB_URL: 'mongodb://m',
    NATS_URL: 'nats://n',
    TOKENS_FILE: '/h/tokens.json',
    TAGS_OPEN_WRITES: 'true',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  expect(serviceEnv('tags', farm, { TAGS_OPEN_WRITES: 'false' }).TAGS_OPEN_WRITES).toBe('false');
});

test('serviceEnv() shows the gateway the services, and nothing of the servers', () => {
  expect(serviceEnv('gateway', farm, { TAGS_URL: 'http://elsewhere' })).toEqual({
    TAGS_URL: 'http://elsewhere',
    ASSEMBLERS_URL: 'http://a',
    REGISTRY_URL: 'http://r',
  });
});

test('serviceEnv() has services believe the gateway, and with a certificate demand TLS', () => {
  const tls = { certFile: '/h/tls/cert.pem', keyFile: '/h/tls/key.pem' };
  expect(serviceEnv('gateway', { ...farm, tls }, {})).toMatchObject({
    TLS_CERT_FILE: '/h/tls/cert.pem',
    TLS_KEY_FILE: '/h/tls/key.pem',
  });
  const env = serviceEnv('registry', { ...farm, tls }, { TRUSTED_PROXIES: '10.0.0.0/8' });
  expect(env).toMatchObject({ REQUIRE_TLS: 'true', TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1' });
  expect(env).not.toHaveProperty('TLS_KEY_FILE');
});

test('cleanEnv() keeps the launcher to itself', () => {
  const env = {
    MUSTER_DEV_TOKEN: 'x',
    npm_lifecycle_event: 'start',
    VITEST: 'true',
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
  };
  expect(cleanEnv(env)).toEqual({ LOG_LEVEL: 'debug' });
});
