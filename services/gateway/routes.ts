import type { ServiceName } from '@muster/contracts';

const whole = /^(?:\/|$)/;
const wholeOrJson = /^(?:\.json|\/|$)/;
const tagsOfOne = /^\/[^/]+\/tags(?:\/|$)/;
const tagsOfOneOrJson = /^\/[^/]+\/tags(?:\.json|\/|$)/;

/**
 * Which service answers which addresses: how they begin, and how they go on; the first match counts. They are matched as they were sent,
 * without decoding: whether `%2F` or a broken escape is fit, the service judges.
 */
const routes: readonly (readonly [string, RegExp, ServiceName])[] = [
  ['/v1/assemblers', tagsOfOneOrJson, 'tags'],
  ['/v1/assemblers', wholeOrJson, 'assemblers'],
  ['/api/v1/tags', whole, 'tags'],
  ['/api/v1/integrity', whole, 'tags'],
  ['/api/v1/agents', tagsOfOne, 'tags'],
  ['/api/v1/jobs', tagsOfOne, 'tags'],
  ['/api/v1/agents', whole, 'registry'],
  ['/api/v1/jobs', whole, 'registry'],
  ['/v1/source_paths', wholeOrJson, 'registry'],
];

/** The service that answers an address, or undefined where nothing is. */
export const serviceOf = (path: string): ServiceName | undefined =>
  routes.find(([begin, rest]) => path.startsWith(begin) && rest.test(path.slice(begin.length)))?.[2];
