import fc from 'fast-check';
import { hostileHeaders, hostileQuery, hostileSegment } from '../hostile_request.ts';
import { property, type World } from '../world.ts';

const names = ['limit', 'after', 'page', 'per_page', 'slug', 'name', 'host', 'tag', '__proto__'];

const asked = fc.record({
  method: fc.constantFrom(
    'GET',
    'GET',
    'HEAD',
    'OPTIONS',
    'DELETE',
    'PUT',
    'POST',
    'PATCH',
    'TRACE',
    'PROPFIND',
  ),
  at: fc.nat(1_000),
  spelling: fc.nat(5),
  segments: fc.array(hostileSegment, { minLength: 2, maxLength: 2 }),
  query: hostileQuery(names),
  headers: hostileHeaders,
});

/** Any method at any address of the API, filled with any segment, is answered as described and never by a failure. */
export const addresses = property(asked, async ({ method, segments, query, headers, ...which }, world) => {
  let used = 0;
  const path = spellingOf(which, world).replaceAll(
    /\{\w+\}/g,
    () => segments[used++ % segments.length] ?? 'x',
  );
  await world.fetch(method, `${path}${query}`, { headers });
});

function spellingOf({ at, spelling }: { at: number; spelling: number }, { document }: World): string {
  const templates = Object.keys(document.paths);
  const template = templates[at % templates.length] ?? '';
  const further = Object.values(document.paths[template] ?? {})[0]?.['x-also-at'] as
    | readonly string[]
    | undefined;
  const spellings = [template, ...(further ?? [])];
  return spellings[spelling % spellings.length] ?? template;
}
