import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordTypes } from '@muster/contracts';
import { expect, test } from 'vitest';

/** A source file: where it is in the repository, its text, and what it imports, example code in comments left out. */
type Source = { readonly path: string; readonly text: string; readonly imports: readonly string[] };

const repository = join(import.meta.dirname, '..');

function source(path: string, text: string): Source {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name ?? '');
  return { path, text, imports };
}

const sources = globSync('{packages,services,tools,test,bench}/**/*.{ts,js}', {
  cwd: repository,
  exclude: (path) => /(^|\/)(node_modules|\.muster[^/]*)$/.test(path),
}).map((path) => source(path, readFileSync(join(repository, path), 'utf8')));

/** Code that only tests run. */
const isTest = ({ path }: Source): boolean =>
  /\.test\.ts$|^(test|bench)\/|\/testing\/|(fixture|testing)\.ts$/.test(path);

/** Where a file stands: `services/tags/mongo/x.ts` is in the room `mongo` of `services/tags`, and so is a test beside it. */
function placeOf(path: string): { readonly home: string; readonly room: string; readonly file: string } {
  const [group = '', name = '', ...rest] = path.split('/');
  return { home: `${group}/${name}`, room: rest.length > 1 ? (rest[0] ?? '') : '', file: rest.at(-1) ?? '' };
}

/** The path that a relative import names. */
const resolved = (from: string, name: string): string => join(from, '..', name);

/** What a file may not import, and why; undefined where it may. */
type Rule = (from: Source, imported: string) => string | undefined;

const rooms = ['http', 'mongo', 'nats'];

const layers: Readonly<Record<string, Rule>> = {
  'http, mongo and nats do not import one another': ({ path }, imported) => {
    const here = placeOf(path);
    if (!imported.startsWith('.') || !rooms.includes(here.room)) return undefined;
    const there = placeOf(resolved(path, imported));
    const sideways = rooms.includes(there.room) && there.room !== here.room;
    return sideways
      ? `${here.room}/ knows nothing of ${there.room}/: let main.ts hand it a function`
      : undefined;
  },
  'a use-case or rule in the root knows no room': (from, imported) => {
    const here = placeOf(from.path);
    if (!from.path.startsWith('services/') || here.room !== '' || here.file === 'main.ts' || isTest(from))
      return undefined;
    const inRoom = imported.startsWith('.') && rooms.includes(placeOf(resolved(from.path, imported)).room);
    const isHttp = /^(koa|@koa\/.*)$/.test(imported);
    return inRoom || isHttp
      ? 'the root holds rules and use-cases: take the function as a dependency'
      : undefined;
  },
  'a room does not import main.ts': ({ path }, imported) =>
    path.startsWith('services/') && imported.endsWith('/main.ts')
      ? 'main.ts wires and is imported by nobody'
      : undefined,
  'a service stands on contracts and runtime alone': (from, imported) => {
    if (!from.path.startsWith('services/')) return undefined;
    const leaves =
      imported.startsWith('.') && placeOf(resolved(from.path, imported)).home !== placeOf(from.path).home;
    if (leaves) return 'it leaves its folder: services agree by packages/contracts only';
    const allowed = isTest(from) ? /^@muster\/(contracts|runtime|dev)\b/ : /^@muster\/(contracts|runtime)\b/;
    return imported.startsWith('@muster/') && !allowed.test(imported)
      ? 'services do not know one another'
      : undefined;
  },
  'packages know no service, and contracts no runtime': ({ path }, imported) => {
    const allowed = path.startsWith('packages/contracts/')
      ? /^@muster\/contracts\b/
      : /^@muster\/(contracts|runtime|dev)\b/;
    const wrong = path.startsWith('packages/') && imported.startsWith('@muster/') && !allowed.test(imported);
    return wrong ? 'dependencies run from services to runtime to contracts' : undefined;
  },
  'contracts do no I/O': (from, imported) =>
    from.path.startsWith('packages/contracts/') &&
    !isTest(from) &&
    /^(node:|mongodb|koa|@nats-io)/.test(imported)
      ? 'contracts hold schemas, types and names'
      : undefined,
  'only contracts/parse.ts imports ajv': (from, imported) =>
    /^ajv(\/|$)/.test(imported) && !isTest(from) && from.path !== 'packages/contracts/parse.ts'
      ? 'use parser() or checker()'
      : undefined,
  'only packages/runtime and tools import NATS': (from, imported) =>
    imported.startsWith('@nats-io/') && !isTest(from) && !/^(packages\/runtime|tools)\//.test(from.path)
      ? 'use the NatsLink of packages/runtime'
      : undefined,
  'only mongo rooms and the relay import the MongoDB driver': (from, imported) => {
    if (imported !== 'mongodb' || isTest(from) || from.path.startsWith('tools/')) return undefined;
    const { room, home } = placeOf(from.path);
    return room === 'mongo' || (home === 'packages/runtime' && room === 'events')
      ? undefined
      : 'only mongo/ knows BSON';
  },
};

/** Every breach of the layers, one line each. */
const breaches = (files: readonly Source[], rule: Rule): string[] =>
  files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const why = rule(file, imported);
      return why === undefined ? [] : [`${file.path} imports ${imported}: ${why}`];
    }),
  );

/** Exported declarations without a doc comment right above them; further overloads of a function need none. */
function undocumented({ path, text }: Source): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const name =
      /^export (?:declare |abstract |async )*(?:function\*?|const|let|class|type|interface|enum) (\w+)/.exec(
        line,
      )?.[1];
    if (name === undefined) return [];
    const above = lines
      .slice(0, at)
      .findLast((candidate) => candidate.trim() !== '' && !candidate.startsWith('// biome-ignore'));
    const isOverload = above?.startsWith(`export function ${name}`) || above?.endsWith('*/');
    return isOverload ? [] : [`${path}:${at + 1} exports ${name} without a sentence on what holds`];
  });
}

/** Collections that a service's code names outside of its own mongo/ folder, and databases that it opens. */
const strayCollections = ({ path, text }: Source): string[] => {
  const found =
    placeOf(path).room === 'mongo' ? [] : [...text.matchAll(/\.collection\b[^(]*\(\s*'([^']*)'/g)];
  return [
    ...found.map(([, name]) => `${path} names the collection ${name}: only its mongo/ folder may`),
    ...[...text.matchAll(/\.db\(/g)].map(
      () => `${path} opens a database: a service has the one that it is given`,
    ),
  ];
};

test.each(Object.entries(layers))('%s', (_, rule) => {
  expect(breaches(sources, rule)).toEqual([]);
});

test('every exported symbol has its sentence', () => {
  const documented = sources.filter(
    (file) => !file.path.startsWith('test/') && !file.path.endsWith('.test.ts'),
  );
  expect(documented.flatMap(undocumented)).toEqual([]);
});

test('no file has more than 250 lines', () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  expect(lengths.filter(({ lines }) => lines > 250)).toEqual([]);
});

test('every type of record is published by its owner and by nobody else', () => {
  const mains = sources.filter(({ path }) => /^services\/[^/]+\/main\.ts$/.test(path));
  const publishers = Object.keys(recordTypes).map((type) => {
    const relays = ({ text }: Source) => new RegExp(`\\{ name: '\\w+', type: '${type}'`).test(text);
    return [type, mains.filter(relays).map(({ path }) => path.split('/')[1])];
  });
  expect(publishers).toEqual(Object.entries(recordTypes).map(([type, { owner }]) => [type, [owner]]));
});

test('every type of record has a schema that tolerates fields to come', () => {
  for (const [type, { state }] of Object.entries(recordTypes)) {
    expect(state, type).toMatchObject({ type: 'object', additionalProperties: true });
    expect(state.required.length, type).toBeGreaterThan(0);
  }
});

test('no service names a collection that is not its own', () => {
  const code = sources.filter((file) => file.path.startsWith('services/') && !isTest(file));
  expect(code.flatMap(strayCollections)).toEqual([]);
});

test.each([
  ['services/tags/http/x.ts', "import { find } from '../mongo/find.ts';"],
  ['packages/runtime/nats/x.ts', "import { find } from '../mongo/find.ts';"],
  ['services/tags/attach.ts', "import { find } from './mongo/find.ts';"],
  ['services/tags/attach.ts', "import { MongoClient } from 'mongodb';"],
  ['services/tags/attach.ts', "import Koa from 'koa';"],
  ['services/tags/http/x.ts', "import '../main.ts';"],
  ['services/tags/attach.ts', "import { agent } from '../registry/agent.ts';"],
  ['services/tags/attach.ts', "import { agent } from '@muster/registry';"],
  ['packages/runtime/http/x.ts', "import { tag } from '@muster/tags';"],
  ['packages/contracts/x.ts', "import { log } from '@muster/runtime';"],
  ['packages/contracts/x.ts', "const fs = await import('node:fs');"],
  ['packages/runtime/http/x.ts', "import { Ajv } from 'ajv';"],
  ['services/tags/nats/x.ts', "import { connect } from '@nats-io/transport-node';"],
  ['services/tags/http/x.ts', "import {\n  type Db,\n} from 'mongodb';"],
])('the rules catch a breach in %s: %s', (path, text) => {
  expect(Object.values(layers).flatMap((rule) => breaches([source(path, text)], rule))).toHaveLength(1);
});

test('the scanners catch a missing sentence and a foreign collection', () => {
  expect(
    undocumented(source('a.ts', '/** Good. */\nexport const a = 1;\n\nexport async function b() {}\n')),
  ).toHaveLength(1);
  expect(
    strayCollections(source('services/tags/x.ts', "client.db('assemblers').collection<A>('assemblers')")),
  ).toHaveLength(2);
});

test('ARCHITECTURE.md names only files that are there', () => {
  const drawn = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8').matchAll(
    /[\w/.-]*\w\.(?:ts|sh|yml|conf|json)\b/g,
  );
  const known = globSync('{packages,services,tools,test,deploy}/**/*.*', {
    cwd: repository,
    exclude: (path) => /(^|\/)(node_modules|\.muster[^/]*|secrets)$/.test(path),
  }).concat('docker-compose.yml');
  const isThere = (name: string) => known.some((path) => path === name || path.endsWith(`/${name}`));
  expect([...drawn].map(([name]) => name).filter((name) => !isThere(name))).toEqual([]);
});
