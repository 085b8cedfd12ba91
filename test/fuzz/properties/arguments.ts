import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import type { Sent } from '../../checked_fetch.ts';
import { isSlug, keptText } from '../fit.ts';
import { hostileText } from '../hostile_text.ts';
import { property } from '../world.ts';

const ways = ['query', 'form', 'multipart', 'json'] as const;
const long = (text: string) => (text.length > 300 ? text.slice(0, 300) : text);

const asked = fc.record({
  way: fc.constantFrom(...ways),
  slug: fc.oneof(fc.constant(''), hostileText.map(long)),
  name: fc.oneof(fc.constant(''), hostileText.map(long)),
  base: fc.option(
    hostileText.map((text) => `/${long(text)}`),
    { nil: undefined },
  ),
});

/** An assembler's arguments mean the same by query, by either form and as JSON. */
export const assemblerArguments = property(asked, async (given, { fetch, ledger }) => {
  const { way, base } = given;
  const mark = ledger.mark();
  // Forms hold no halves of pairs.
  const sent = (text: string) => (way === 'json' ? text : text.toWellFormed());
  const slug = sent(`${mark}${given.slug}`);
  const name = sent(`${mark}${given.name}`);
  const path = base === undefined ? undefined : sent(base);
  const fields = { slug, name, ...(path === undefined ? {} : { export_path_base: path }) };
  const kept = keptText(name, 255);
  const isFit = isSlug(slug) && kept !== undefined && (path === undefined || isPath(path));
  const made = await fetch('POST', ...addressed(way, fields));
  if (!isFit) {
    ledger.refused(mark);
    assert.ok([400, 422].includes(made.status), `unfit arguments are answered ${made.status}`);
    return;
  }
  assert.equal(made.status, 200, made.text);
  const record = {
    slug,
    name: kept,
    host: null,
    source_path_count: 0,
    export_path_base: path?.normalize('NFC') ?? null,
  };
  assert.deepEqual(made.body, record);
  ledger.accepted('assembler', slug, kept);
  const changed = await fetch('PATCH', `/v1/assemblers/${slug}.json`, { json: { name } });
  assert.equal(changed.status, 204);
});

const isPath = (text: string): boolean =>
  keptText(text, 1_024) !== undefined && !text.split('/').includes('..');

function addressed(way: (typeof ways)[number], fields: Record<string, string>): [string, Sent] {
  const path = '/v1/assemblers.json';
  if (way === 'query') return [`${path}?${new URLSearchParams(fields)}`, {}];
  return [path, { [way]: fields }];
}

const number = fc.oneof(
  fc.integer({ min: -2, max: 60 }).map(String),
  fc.constantFrom('1.0', '1e1', '0x1', '007', '', ' 1', '٣', 'NaN', '9'.repeat(20), '-0', '+1'),
);
const pages = fc.record({
  path: fc.constantFrom('/v1/assemblers.json', '/v1/source_paths'),
  way: fc.constantFrom('query', 'header'),
  perPage: number,
  page: number,
});

/** Paging arguments mean the same by query and by header; an unfit one is 422, never another page. */
export const pageArguments = property(pages, async ({ path, way, perPage, page }, { fetch }) => {
  const query = new URLSearchParams({ per_page: perPage, page });
  const headers = { 'per-page': encodeURIComponent(perPage), page: encodeURIComponent(page) };
  const { status, body } =
    way === 'query' ? await fetch('GET', `${path}?${query}`) : await fetch('GET', path, { headers });
  const isFit = isWithin(perPage, 50) && isWithin(page, 1_000_000_000);
  assert.ok(
    (isFit ? [200, 206, 416] : [422]).includes(status),
    `per_page=${perPage} page=${page}: ${status}`,
  );
  if (status < 400) assert.ok((body as unknown[]).length <= Number(perPage));
});

const isWithin = (text: string, most: number): boolean =>
  /^[0-9]{1,15}$/.test(text) && Number(text) >= 1 && Number(text) <= most;
