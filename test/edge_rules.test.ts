import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allOperations, parser } from '@muster/contracts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const repository = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const sources = globSync('{packages,services}/**/*.ts', {
  cwd: repository,
  exclude: (path) => path.endsWith('node_modules') || /(\.test|fixture)\.ts$/.test(path),
}).map((path) => ({ path, text: read(path) }));

/** The places of a pattern in the code that serves requests. */
const found = (pattern: RegExp): string[] =>
  sources.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([match]) => `${path}: ${match}`));

test.each([
  ['koa', [3, 1, 2]],
  ['@koa/router', [15, 0, 0]],
  ['ajv', [8, 18, 0]],
] as const)('%s is as new as it must be to keep what it promises', (name, least) => {
  const { catalog } = parse(read('pnpm-workspace.yaml')) as { catalog: Record<string, string> };
  const version = (catalog[name] ?? '').split('.').map(Number);
  const at = version.findIndex((part, index) => part !== least[index]);
  expect(version).toHaveLength(3);
  expect(at < 0 || (version[at] ?? 0) > (least[at] ?? 0)).toBe(true);
});

test('query strings are read by URLSearchParams alone', () => {
  expect(found(/from '(?:node:)?(?:querystring|qs)'|\bctx\.(?:request\.)?query\b|\burl\.parse\(/g)).toEqual(
    [],
  );
  expect(found(/new URLSearchParams\(/g).length).toBeGreaterThan(1);
});

test('what a client wrote is compared by an operator of ours, never taken for one', () => {
  // Ways by which text becomes code in MongoDB.
  expect(found(/\$where|\$expr|\$function|\$accumulator|mapReduce|\beval\(|new Function\(/g)).toEqual([]);
  // With `'state.tag': name` a name that is an object would be a query of its own.
  expect(found(/'state\.(?:tag|ref|slug|name|host|hostname|title)': (?!\{ \$|1\b)[^,}\n]+/g)).toEqual([]);
  expect(
    found(/'state\.(?:tag|ref|slug|name|host|hostname|title)': \{ \$(?:eq|in):/g).length,
  ).toBeGreaterThan(2);
});

test('a text is measured before it is matched, and one fault is enough', () => {
  // Each letter more doubles what this pattern costs: with 60 it would not end.
  const schema = {
    type: 'object',
    properties: { a: { type: 'string', pattern: '^(a+)+$', maxLength: 8 } },
    additionalProperties: false,
  } as const;
  const began = performance.now();
  expect(() => parser(schema)({ a: `${'a'.repeat(60)}!` })).toThrow();
  expect(performance.now() - began).toBeLessThan(500);
});

test('a schema cannot be told by the data what to ask for', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer', maximum: { $data: '1/b' } } } };
  expect(() => parser(schema as never)({ a: 1 })).toThrow(/maximum/);
});

/** Every object inside a value. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

test('no pattern of the API takes long over any text that is short enough for it', () => {
  const texts = [...objectsIn(allOperations)].filter(({ pattern }) => typeof pattern === 'string');
  expect(texts.length).toBeGreaterThan(5);
  for (const { pattern, maxLength } of texts as { pattern: string; maxLength: number }[]) {
    const expression = new RegExp(pattern, 'u');
    for (const unit of ['a', '0', 'a.', 'a-', '/', '/..', '/a', ':', '[', ' ', 'a ', '.json', '..', 'é']) {
      for (const end of ['', '!', ' ', '\n', '/..', ']']) {
        const began = performance.now();
        expression.test(unit.repeat(maxLength).slice(0, maxLength - end.length) + end);
        expect([pattern, unit, end, performance.now() - began < 100]).toEqual([pattern, unit, end, true]);
      }
    }
  }
});

test('whoever waits is more patient than the one whom he waits for', () => {
  const ms = (path: string, pattern: RegExp) => Number(pattern.exec(read(path))?.[1]?.replaceAll('_', ''));
  const patience = {
    client: ms('packages/runtime/http/server.ts', /requestTimeout: ([\d_]+)/),
    gateway: ms('services/gateway/main.ts', /deadlineMs: ([\d_]+)/),
    service: ms('packages/runtime/http/deadline.ts', /DEADLINE_MS = ([\d_]+)/),
    mongodb: ms('packages/runtime/mongo/open_mongo.ts', /serverSelectionTimeoutMS: ([\d_]+)/),
    nats: ms('packages/runtime/nats/open_nats.ts', /timeoutMs = ([\d_]+)\)/),
  };
  expect(patience).toEqual({ client: 15_000, gateway: 5_000, service: 3_000, mongodb: 2_000, nats: 300 });
  // The gateway gives up an idle connection before its service does.
  const kept = ms('services/gateway/instance.ts', /KEEP_ALIVE_MS = ([\d_]+)/);
  expect(kept).toBeLessThan(ms('packages/runtime/http/server.ts', /KEEP_ALIVE_MS = ([\d_]+)/));
});
