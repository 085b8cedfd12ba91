import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { applyEdits, repository, teeth } from './teeth.ts';

test.for(Object.entries(teeth))('the tooth %s finds what it switches off', async ([, { edits }]) => {
  expect(edits.length).toBeGreaterThan(0);
  for (const [file, here] of Map.groupBy(edits, ({ file }) => file)) {
    const source = await readFile(`${repository}${file}`, 'utf8');
    expect(applyEdits(source, here)).not.toBe(source);
  }
});
