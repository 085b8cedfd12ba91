import fc from 'fast-check';
import { expect, test } from 'vitest';
import { farmClient } from './client.ts';

const { fetch } = await farmClient();
const rich = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 70 });
const binary = fc.string({ unit: 'binary', minLength: 0, maxLength: 70 });
const ends = fc.constantFrom(
  '',
  ' ',
  '\u00a0',
  '\u3000',
  '.',
  '..',
  '/',
  '%',
  '%2F',
  '?',
  '#',
  '\\',
  'e\u0301',
);
const name = fc.oneof(
  rich,
  binary,
  fc.tuple(ends, rich, ends).map((parts) => parts.join('')),
  fc.stringMatching(/^[0-9]{1,20}$/),
  fc.constantFrom(
    'schema',
    '.',
    '..',
    'agents',
    'null',
    'undefined',
    '__proto__',
    'constructor',
    '[object Object]',
  ),
);

/** What is decided of names: 1 to 64 code points after NFC, and none that could not be reached again. */
function isFit(given: string): boolean {
  const text = given.normalize('NFC');
  const length = [...text].length;
  return (
    text.isWellFormed() &&
    length >= 1 &&
    length <= 64 &&
    !/\p{Cc}/u.test(given) &&
    text.trim() === text &&
    !/^[0-9]+$/.test(text) &&
    !['schema', '.', '..'].includes(text)
  );
}

test('POST then GET of any name gives the same name in NFC and the same id, or 400 if it is not fit', async () => {
  await fc.assert(
    fc.asyncProperty(name, async (tag) => {
      const made = await fetch('POST', '/api/v1/tags/', { json: { tag } });
      if (!isFit(tag)) {
        expect(made.status).toBe(400);
        return;
      }
      expect([200, 201]).toContain(made.status);
      const { id, tag: kept } = made.body as { id: number; tag: string };
      expect(kept).toBe(tag.normalize('NFC'));
      for (const spelling of [kept, tag]) {
        const found = await fetch('GET', `/api/v1/tags/${encodeURIComponent(spelling)}`);
        expect([found.status, found.body]).toMatchObject([200, { id, tag: kept }]);
      }
      const again = await fetch('POST', '/api/v1/tags/', { json: { tag } });
      expect([again.status, again.body]).toMatchObject([200, { id }]);
    }),
    { numRuns: 200, examples: [['__proto__'], ['constructor'], ['toString']] },
  );
});

test('a slash in a name is reached as %2F, at every address under the tag', async () => {
  const tag = 'blue/green//a';
  await fetch('DELETE', `/api/v1/tags/${encodeURIComponent(tag)}`);
  const { status, headers } = await fetch('POST', '/api/v1/tags/', { json: { tag } });
  expect([status, headers.get('location')]).toEqual([201, '/api/v1/tags/blue%2Fgreen%2F%2Fa']);
  expect((await fetch('GET', '/api/v1/tags/blue%2Fgreen%2f%2Fa')).body).toMatchObject({ tag });
  expect((await fetch('GET', '/api/v1/tags/blue%2Fgreen%2F%2Fa/agents/')).body).toEqual([]);
  expect((await fetch('GET', '/api/v1/tags/blue/green//a')).status).toBe(404);
  expect((await fetch('PUT', '/api/v1/tags/blue%2Fgreen%2F%2Fa', { json: { tag } })).status).toBe(201);
  expect((await fetch('DELETE', '/api/v1/tags/blue%2Fgreen%2F%2Fa')).status).toBe(204);
});
