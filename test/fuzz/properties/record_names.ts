import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { keptText } from '../fit.ts';
import { hostileText } from '../hostile_text.ts';
import type { Kind } from '../ledger.ts';
import { property } from '../world.ts';

interface Door {
  readonly kind: Kind;
  readonly path: string;
  readonly field: string;
  readonly id: string;
  readonly fields: (mark: string) => Readonly<Record<string, string>>;
  readonly at: (id: string | number) => string;
  /** The API's own manner: /v1 answers 422 to a value that is refused, and skips blank ones. */
  readonly vridlo: boolean;
}

const doors: readonly Door[] = [
  {
    kind: 'agent',
    path: '/api/v1/agents/',
    field: 'hostname',
    id: 'id',
    fields: () => ({}),
    at: (id) => `/api/v1/agents/${id}`,
    vridlo: false,
  },
  {
    kind: 'job',
    path: '/api/v1/jobs/',
    field: 'title',
    id: 'id',
    fields: () => ({}),
    at: (id) => `/api/v1/jobs/${id}`,
    vridlo: false,
  },
  {
    kind: 'assembler',
    path: '/v1/assemblers.json',
    field: 'name',
    id: 'slug',
    fields: (mark) => ({ slug: mark }),
    at: (id) => `/v1/assemblers/${id}.json`,
    vridlo: true,
  },
  {
    kind: 'source_path',
    path: '/v1/source_paths.json',
    field: 'name',
    id: 'id',
    fields: (mark) => ({ assembler_slug: mark }),
    at: (id) => `/v1/source_paths/${id}.json`,
    vridlo: true,
  },
];

const asked = fc.record({ door: fc.constantFrom(...doors), text: hostileText, marked: fc.boolean() });

/** A name that is fit is read back exactly, in NFC, by the id that only this record has; one that is not leaves no trace. */
export const recordNames = property(asked, async ({ door, text, marked }, { fetch, ledger }) => {
  const mark = ledger.mark();
  // Names of assemblers are unique.
  const given = marked || door.kind === 'assembler' ? `${text}${mark}` : text;
  const isBlank = door.vridlo && given.trim() === '';
  const kept = isBlank ? undefined : keptText(given, 255);
  const made = await fetch('POST', door.path, { json: { ...door.fields(mark), [door.field]: given } });
  if (kept === undefined) {
    ledger.refused(mark);
    const due = door.vridlo ? [400, 422] : [400];
    assert.ok(due.includes(made.status), `an unfit name is answered ${made.status}`);
    return;
  }
  assert.ok([200, 201].includes(made.status), `a fit name is answered ${made.status} ${made.text}`);
  const record = made.body as Readonly<Record<string, string>>;
  const id = record[door.id] ?? '';
  assert.equal(record[door.field], kept);
  ledger.accepted(door.kind, id, kept);
  const found = await fetch('GET', door.at(id));
  assert.deepEqual([found.status, found.body], [200, record]);
});
