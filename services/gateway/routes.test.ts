import { allOperations } from '@muster/contracts';
import { expect, test } from 'vitest';
import { serviceOf } from './routes.ts';

const filled = (template: string, value: string) => template.replaceAll(/\{\w+\}/g, value);

test('serviceOf() sends every operation, in every spelling, to its service', () => {
  for (const { id, service, path, alsoAt = [] } of allOperations) {
    for (const template of [path, ...alsoAt]) {
      for (const value of ['17', 'core.alt', '%2F', '%E0%A4%A', 'tags', 'a%20b'])
        expect(serviceOf(filled(template, value)), `${id} ${template} ${value}`).toBe(service);
    }
  }
});

test.each([
  '/',
  '/tags/',
  '/api/v1',
  '/api/v1/tagsx',
  '/api/v1/agentsx/1',
  '/api/v2/tags/',
  '/v1/assemblersx',
  '/v1/source_paths.xml',
  '/api/v1/%74ags/',
  '*',
  'http:',
  '//api/v1/tags/',
])('serviceOf() knows nobody for %s', (path) => {
  expect(serviceOf(path)).toBeUndefined();
});
