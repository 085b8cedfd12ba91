import type { ServiceName } from '@muster/contracts';

/**
 * Which service answers which addresses; the first match counts. They are matched as they were sent, without decoding: whether
 * `%2F` or a broken escape is fit, the service judges.
 */
const routes: readonly (readonly [RegExp, ServiceName])[] = [
  [/^\/api\/v1\/tags(?:\/|$)/, 'tags'],
  [/^\/api\/v1\/integrity(?:\/|$)/, 'tags'],
  [/^\/api\/v1\/(?:agents|jobs)\/[^/]+\/tags(?:\/|$)/, 'tags'],
  [/^\/v1\/assemblers\/[^/]+\/tags(?:\.json|\/|$)/, 'tags'],
  [/^\/v1\/assemblers(?:\.json|\/|$)/, 'assemblers'],
  [/^\/api\/v1\/(?:agents|jobs)(?:\/|$)/, 'registry'],
  [/^\/v1\/source_paths(?:\.json|\/|$)/, 'registry'],
];

/** The service that answers an address, or undefined where nothing is. */
export const serviceOf = (path: string): ServiceName | undefined =>
  routes.find(([pattern]) => pattern.test(path))?.[1];
