import { expect, test } from 'vitest';
import { nearest, tourCommands } from './tour.ts';

const farm = { url: 'http://127.0.0.1:8081', tokenFile: '/repo/.muster/token', from: '/repo' };

test('tourCommands() shows three commands with the real address and the nearest token file', () => {
  const commands = tourCommands({ ...farm, services: ['tags', 'assemblers', 'registry'] });
  expect(commands).toHaveLength(3);
  expect(commands[0]).toContain('http://127.0.0.1:8081/v1/assemblers.json');
  expect(commands[0]).toContain('$(cat .muster/token)');
  expect(commands[2]).toContain('/assemblers/');
});

test('tourCommands() calls only services that run, and quotes an odd path', () => {
  const text = tourCommands({ ...farm, services: ['assemblers'], tokenFile: "/it's/token" }).join('\n');
  expect(text).not.toContain('/tags/');
  expect(text).toContain(`$(cat '/it'\\''s/token')`);
});

test('tourCommands() has curl trust the certificate of a farm with TLS', () => {
  const tls = { ...farm, url: 'https://127.0.0.1:8081', certFile: '/repo/.muster/tls/cert.pem' };
  for (const command of tourCommands({ ...tls, services: ['tags', 'assemblers', 'registry'] })) {
    expect(command).toMatch(/^curl --cacert \.muster\/tls\/cert\.pem .*https:\/\/127\.0\.0\.1:8081\//);
  }
});

test('nearest() is relative inside a folder and absolute outside of it', () => {
  expect(nearest('/repo/.muster/token', '/repo')).toBe('.muster/token');
  expect(nearest('/home/token', '/repo')).toBe('/home/token');
});
