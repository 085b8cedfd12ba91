import { IntlMessageFormat } from 'intl-messageformat';
import { expect, test } from 'vitest';
import { catalogues, type Language } from './mod.ts';

type Node = ReturnType<IntlMessageFormat['getAst']>[number];

const LITERAL = 0;

/** The names that a message's placeholders have, those inside the options of a select or plural too. */
function placeholders(nodes: readonly Node[]): string[] {
  const names = nodes.flatMap((node): string[] => {
    const options =
      'options' in node ? Object.values(node.options).flatMap((o) => placeholders(o.value)) : [];
    return node.type === LITERAL || !('value' in node) ? options : [String(node.value), ...options];
  });
  return [...new Set(names)].toSorted();
}

const shapes = (language: Language) =>
  Object.fromEntries(
    Object.entries(catalogues[language])
      .map(([key, text]) => [key, placeholders(new IntlMessageFormat(text, language).getAst())] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

test.each(Object.keys(catalogues) as Language[])(
  '%s has every message, with the same placeholders',
  (language) => {
    expect(shapes(language)).toEqual(shapes('en'));
  },
);

test('a message of one placeholder and one of a select are read as such', () => {
  expect(shapes('en')).toMatchObject({ tag_unknown: ['tag'], owner_unavailable: ['kind'] });
});

test('no language leaves a message empty or untranslated', () => {
  const { en, ...others } = catalogues;
  for (const [language, messages] of Object.entries(others)) {
    for (const [key, text] of Object.entries(messages)) {
      expect(text.trim(), `${language} ${key}`).not.toBe('');
      expect(text, `${language} ${key}`).not.toBe(en[key as keyof typeof en]);
    }
  }
});
