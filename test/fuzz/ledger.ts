import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { CheckedFetch } from '../checked_fetch.ts';

/** Where the records of each kind are listed, and which fields of theirs are the id and the name. */
const kinds = {
  tag: { path: '/api/v1/tags/', id: 'id', name: 'tag' },
  agent: { path: '/api/v1/agents/', id: 'id', name: 'hostname' },
  job: { path: '/api/v1/jobs/', id: 'id', name: 'title' },
  assembler: { path: '/v1/assemblers.json', id: 'slug', name: 'name' },
  source_path: { path: '/v1/source_paths.json', id: 'id', name: 'name' },
} as const;

/** A kind of record. */
export type Kind = keyof typeof kinds;

type Id = string | number;

/** What was accepted, by id, and marks in the names of what was refused. */
export interface Ledger {
  /** A mark that no record has yet. */
  readonly mark: () => string;
  /** Notes a record that was accepted. @throws {AssertionError} when its id is another record's */
  readonly accepted: (kind: Kind, id: Id, name: string) => void;
  /** Notes that nothing with this mark in its name may be stored. */
  readonly refused: (mark: string) => void;
  /** Reads all that is stored, and says what is wrong with it. */
  readonly check: (fetch: CheckedFetch) => Promise<string[]>;
}

/** Opens an empty ledger; its marks are its own, also in a farm that was fuzzed before. */
export function openLedger(): Ledger {
  const run = randomBytes(4).toString('hex');
  const kept: Record<Kind, Map<Id, string>> = {
    tag: new Map(),
    agent: new Map(),
    job: new Map(),
    assembler: new Map(),
    source_path: new Map(),
  };
  const marks = new Set<string>();
  let count = 0;
  return {
    // A letter at the end, so that a name that goes on with a digit is not taken for another's.
    mark: () => `fz${run}n${count++}z`,
    accepted(kind, id, name) {
      const before = kept[kind].get(id);
      assert.ok(before === undefined || before === name, `the ${kind} ${id} is both ${before} and ${name}`);
      kept[kind].set(id, name);
    },
    refused: (mark) => void marks.add(mark),
    check: async (fetch) => {
      const problems = await Promise.all(
        (Object.keys(kinds) as Kind[]).map(async (kind) =>
          problemsOf(kind, await listed(kind, fetch), { kept: kept[kind], marks }),
        ),
      );
      return problems.flat();
    },
  };
}

type Listed = Readonly<Record<string, unknown>>;

function problemsOf(
  kind: Kind,
  found: readonly Listed[],
  { kept, marks }: { readonly kept: ReadonlyMap<Id, string>; readonly marks: ReadonlySet<string> },
): string[] {
  const { id, name } = kinds[kind];
  const names = new Map(found.map((record) => [record[id] as Id, record[name]]));
  const problems = names.size === found.length ? [] : [`two records of kind ${kind} have one id`];
  for (const [key, given] of kept) {
    if (names.get(key) !== given) {
      problems.push(`${kind} ${key} is ${JSON.stringify(names.get(key))}, not ${JSON.stringify(given)}`);
    }
  }
  for (const record of found) {
    const [mark] = /fz[0-9a-f]{8}n\d+z/.exec(JSON.stringify(record)) ?? [];
    if (mark !== undefined && marks.has(mark))
      problems.push(`stored, though refused: ${JSON.stringify(record)}`);
  }
  return problems;
}

/** All records of a kind; where it is a list in pages, page after page. */
async function listed(kind: Kind, fetch: CheckedFetch): Promise<Listed[]> {
  const { path } = kinds[kind];
  if (!path.endsWith('.json')) return (await fetch('GET', path)).body as Listed[];
  const found: Listed[] = [];
  for (let page = 1; ; page += 1) {
    const { status, body } = await fetch('GET', `${path}?per_page=50&page=${page}`);
    found.push(...(body as Listed[]));
    if (status !== 206) return found;
  }
}
